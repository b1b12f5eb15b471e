package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import java.util.List;
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

    /** One that was left out would be found only when the line is read again, with all. */
    @Test
    void leavesNoFlagOut() {
        assertThat(SpecOverrides.flags()).hasSizeGreaterThan(20).allSatisfy((flag, field) -> {
            List<String> names = field.doc().shortFlag().isEmpty()
                    ? List.of(flag)
                    : List.of(field.doc().shortFlag(), flag);
            for (String name : names) {
                assertThat(GivenOptions.of(List.of("up", name, "1")).mayBe(names))
                        .as(name)
                        .isTrue();
                assertThat(GivenOptions.of(List.of("up", name + "=1")).mayBe(names))
                        .as(name + "=1")
                        .isTrue();
                assertThat(GivenOptions.of(List.of("up", "x" + name)).mayBe(names))
                        .as("x" + name)
                        .isFalse();
            }
        });
    }

    @Test
    void describesAllForWhatIsWrong() {
        Run run = Run.of("graph", "nowhere.yaml", "--memroy", "1GiB");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("Unknown option: '--memroy'", "Did you mean --memory?");
    }
}
