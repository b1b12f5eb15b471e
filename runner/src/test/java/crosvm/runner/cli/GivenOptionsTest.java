package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GivenOptionsTest {
    @ParameterizedTest
    @CsvSource({
        "--memory, --memory, true",
        "--memory=1GiB, --memory, true",
        "--memoryx, --memory, false",
        "memory, --memory, false",
        "--no-sandbox, --sandbox, true",
        "--sandbox, --no-sandbox, true",
        "--nosandbox, --sandbox, false",
        "-c, -c, true",
        "-c4, -c, true",
        "-dc, -c, true",
        "--c, -c, false",
        "-, -c, false",
        "c, -c, false",
        "@flags, --memory, true"
    })
    void seesEveryWayInWhichPicocliTakesAWordForAnOption(String word, String option, boolean mayBe) {
        GivenOptions given = GivenOptions.of(List.of("up", "vm.yaml", word));
        assertThat(given.mayBe(List.of("--other", option))).isEqualTo(mayBe);
        assertThat(GivenOptions.ALL.mayBe(List.of(option))).isTrue();
    }

    /** A flag that was left out of the description would be refused, or told in other words. */
    @Test
    void leavesNoFlagOut() {
        Stream<String> flags = SpecOverrides.flags().keySet().stream();
        assertThat(flags).hasSizeGreaterThan(20).allSatisfy(flag -> {
            Run alone = Run.of("graph", "nowhere.yaml", flag, "1");
            assertThat(alone.err()).doesNotContain("Unknown option");
            assertThat(Run.of("graph", "nowhere.yaml", flag + "=1").err()).doesNotContain("Unknown option");
        });
    }

    @Test
    void describesAllForWhatIsWrong() {
        Run run = Run.of("graph", "nowhere.yaml", "--memroy", "1GiB");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("Unknown option: '--memroy'", "Did you mean --memory?");
    }
}
