package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "90, 90000",
        "90s, 90000",
        "1.5m, 90000",
        "2h, 7200000",
        "1d, 86400000",
        "500ms, 500",
        "0, 0",
        "1.25s, 1250"
    })
    void areReadWithTheirUnit(String text, long millis) {
        assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1", "1w", "1 hour", "1.s", "9999999999", "soon"})
    void areNothingForOtherTexts(String text) {
        assertThat(Durations.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "59, 59s", "60, 1m 0s", "3599, 59m 59s", "3660, 1h 1m", "90000, 1d 1h", "-5, 0s"})
    void areWrittenInTheTwoLargestUnits(long seconds, String text) {
        assertThat(Durations.text(Duration.ofSeconds(seconds))).isEqualTo(text);
    }
}
