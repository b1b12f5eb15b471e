package crosvm.runner.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ConsoleSignTest {
    private static String look(String regex, String... output) throws InterruptedException {
        ConsoleSign sign = new ConsoleSign(regex);
        for (String piece : output) {
            sign.accept(ByteBuffer.wrap(piece.getBytes(StandardCharsets.UTF_8)));
        }
        return sign.look(1);
    }

    @Test
    void isSeenInALineInAPromptAndAcrossPieces() throws Exception {
        assertThat(look("login:", "Debian 13 web ttyS0\r\n\r\nweb log", "in: ")).isNull();
        assertThat(look("^ready$", "not ready\nrea", "dy\nmore\n")).isNull();
        assertThat(look("ready", "\u001b[1mrea\u001b[0mdy\n")).isNull();
        assertThat(look("ready", "\u009b1mrea\u009b0mdy\u0085\n")).isNull();
    }

    @Test
    void saysWhatHasNotBeenShown() throws Exception {
        assertThat(look("^ready$", "not ready\n")).isEqualTo("its console has not shown \"^ready$\"");
    }

    /** Backtracking would take longer than the universe is old. */
    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void takesLinearTimeForWhateverTheGuestWrites() throws Exception {
        String line = "a".repeat(4000) + "!\n";
        assertThat(look("^(a+)+$", line, line)).isNotNull();
        assertThat(look("(a|a)*b$", line)).isNotNull();
    }

    @Test
    void cutsALineWithoutEnd() throws Exception {
        assertThat(look("here", "x".repeat(10_000), "here")).isNull();
    }
}
