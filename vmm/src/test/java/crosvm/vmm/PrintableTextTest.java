package crosvm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTextTest {
    @Test
    void keepsAnyLanguageAndNothingThatATerminalObeys() {
        assertThat(PrintableText.line("Gr\u00fc\u00dfe\u001b[2J\u009b2J\r\n\u2028\u202e\u2066\u007f.", "$1"))
                .isEqualTo("Gr\u00fc\u00dfe$1[2J$12J$1$1$1$1$1$1.");
    }

    @Test
    void leavesPlainTextAsItIs() {
        String all = " !\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~";
        assertThat(PrintableText.of(all)).isEqualTo(all);
        assertThat(PrintableText.of("")).isEmpty();
    }

    @Test
    void letsNothingThroughThatATerminalObeys() {
        assertThat(PrintableText.of("a\u001b[2Jb\r\nc\td\u007fe")).isEqualTo("a?[2Jb??c?d?e");
        assertThat(PrintableText.of("\u009b2J\u202eabc\u00e9"))
                .as("CSI in one character, right to left")
                .isEqualTo("?2J?abc?");
    }

    @Test
    void cutsTextWithoutEnd() {
        assertThat(PrintableText.of("x".repeat(PrintableText.MAX_LENGTH))).hasSize(PrintableText.MAX_LENGTH);
        assertThat(PrintableText.of("x".repeat(1 << 20)))
                .hasSize(PrintableText.MAX_LENGTH + 3)
                .endsWith("x...");
    }
}
