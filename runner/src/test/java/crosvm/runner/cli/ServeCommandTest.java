package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--prepared         | 0          | 1 to 64",
                "--prepared         | x          | 1 to 64",
                "--prepared         | 65         | 1 to 64",
                "--prepared-devices | -1         | 0 to 16",
                "--prepared-devices | 17         | 0 to 16",
                "--prepared-devices | 9999999999 | 0 to 16",
            })
    void saysWhichNumbersThereAre(String option, String value, String numbers) {
        Run run = Run.with(Map.of(), "serve", option, value);
        assertThat(run.err())
                .startsWith("crosvm serve: Invalid value for option '" + option + "': '" + value
                        + "' is not a number from " + numbers + "\n");
        assertThat(run.out()).isEmpty();
    }
}
