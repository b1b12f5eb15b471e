package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ManPageTest {
    private final Map<String, String> pages = ManPage.all();

    @Test
    void hasAPageForTheProgramAndEachCommand() {
        assertThat(pages).containsKeys("crosvm", "crosvm-up", "crosvm-run", "crosvm-lint", "crosvm-graph");
        assertThat(pages).hasSize(1 + Crosvm.commandLine().getSubcommands().size());
    }

    @Test
    void tellsOptionsStatusesAndExamples() {
        assertThat(pages.get("crosvm")).contains(".SH EXIT STATUS", ".B 33", ".BR crosvm\\-up (1)");
        assertThat(pages.get("crosvm-up"))
                .startsWith(".TH \"CROSVM\\-UP\" 1")
                .contains(
                        ".SH NAME\ncrosvm\\-up \\- Boots the machine",
                        ".B \\-m, \\-\\-memory SIZE\n",
                        ".SH EXAMPLES\n.nf\n");
    }

    @Test
    void letsNoTextBeTakenForACommandOfRoff() {
        assertThat(pages.values())
                .allSatisfy(page -> assertThat(page.lines().filter(line -> line.startsWith(".")))
                        .allMatch(line -> line.matches("\\.(TH|SH|TP|PP|BR?|nf|fi)( .*)?")));
        assertThat(pages.values()).allSatisfy(page -> assertThat(page.lines()).noneMatch(line -> line.startsWith("'")));
    }
}
