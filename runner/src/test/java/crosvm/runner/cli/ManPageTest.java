package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

class ManPageTest {
    private final Map<String, String> pages = ManPage.all();

    @Test
    void hasAPageForTheProgramAndEachCommand() {
        assertThat(pages).containsKeys("crosvm", "crosvm-up", "crosvm-run", "crosvm-lint", "crosvm-graph");
        assertThat(pages).hasSize(1 + Crosvm.commandLine().getSubcommands().size());
    }

    @Test
    void tellsOptionsStatusesAndExamples() {
        assertThat(pages.get("crosvm")).contains(".SH EXIT STATUS", ".TP\n\\fB33\\fR\n", ".BR crosvm\\-up (1)");
        assertThat(pages.get("crosvm-up"))
                .startsWith(".TH \"CROSVM\\-UP\" 1")
                .contains(
                        ".SH NAME\ncrosvm\\-up \\- boot the machine",
                        ".TP\n\\fB\\-m\\fR, \\fB\\-\\-memory\\fR \\fISIZE\\fR\n",
                        ".SH EXAMPLES\n.nf\n");
    }

    @Test
    void letsNoTextBeTakenForACommandOfRoff() {
        assertThat(pages.values())
                .allSatisfy(page -> assertThat(page.lines().filter(line -> line.startsWith(".")))
                        .allMatch(line -> line.matches("\\.(TH|SH|TP|PP|BR?|nf|fi)( .*)?")));
        assertThat(pages.values()).allSatisfy(page -> assertThat(page.lines()).noneMatch(line -> line.startsWith("'")));
    }

    /** groff reads pages byte by byte unless it is told otherwise, and warns of each byte of a letter beyond ASCII. */
    @Test
    void isWrittenInAscii() {
        assertThat(pages).allSatisfy((name, page) -> assertThat(page).matches("\\p{ASCII}*"));
    }

    @Test
    void hasEachSectionOnceInTheUsualOrderAndNoneEmpty() {
        List<String> usual = List.of(
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "ARGUMENTS",
                "OPTIONS",
                "COMMANDS",
                "EXIT STATUS",
                "NOTES",
                "EXAMPLES",
                "SEE ALSO");
        assertThat(pages).allSatisfy((name, page) -> {
            List<String> headings = page.lines()
                    .filter(line -> line.startsWith(".SH "))
                    .map(line -> line.substring(4))
                    .toList();
            assertThat(headings).isSubsetOf(usual).doesNotHaveDuplicates().contains("NAME", "SYNOPSIS", "OPTIONS");
            assertThat(headings).isSortedAccordingTo(Comparator.comparing(usual::indexOf));
            assertThat(page).doesNotContainPattern("\n\\.SH [A-Z ]+\n(\\.SH|\\.PP|$)");
        });
    }

    /** Help puts the notes behind the list of statuses and the examples; in a page they would belong to the last of those. */
    @Test
    void keepsNotesOutOfTheListsBeforeThem() {
        assertThat(pages.get("crosvm")).contains(".SH NOTES\n").containsPattern("NOTES\n(?s:.*)CROSVM_JAVA_OPTS");
        assertThat(pages.get("crosvm-up"))
                .contains(".SH EXIT STATUS\nThe exit status says")
                .endsWith(".fi\n.SH SEE ALSO\n.BR crosvm (1)\n");
    }

    @Test
    void describesEachOptionInAnItemOfItsOwn() {
        Crosvm.commandLine().getSubcommands().forEach((name, command) -> {
            String page = String.valueOf(pages.get("crosvm-" + name));
            String options = page.substring(page.indexOf(".SH OPTIONS"));
            for (OptionSpec option : command.getCommandSpec().options()) {
                String flag = "\\fB" + option.longestName().replace("-", "\\-") + "\\fR";
                assertThat(options.lines().filter(line -> line.startsWith("\\fB") && line.contains(flag)))
                        .as(name + " " + option.longestName())
                        .isNotEmpty();
            }
        });
    }

    @Test
    void fitsWhatisOnALineAndStatesADate() {
        assertThat(pages).allSatisfy((name, page) -> {
            assertThat(page.lines().skip(2).findFirst().orElseThrow().replace("\\", ""))
                    .startsWith(name + " - ")
                    .hasSizeLessThan(100);
            assertThat(page.lines().findFirst().orElseThrow().replace("\\", ""))
                    .containsPattern("1 \"20[0-9]{2}-[0-9]{2}-[0-9]{2}\" \"crosvm [0-9]");
        });
    }
}
