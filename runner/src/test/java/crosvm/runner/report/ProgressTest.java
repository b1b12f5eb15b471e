package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now = 5;
    private final Progress progress =
            new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> "web: starting", () -> now);

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void saysNothingOfWhatTakesLessThanASecond() {
        progress.tick();
        now += 999_999_999;
        progress.tick();
        progress.end();
        assertThat(shown()).isEmpty();
    }

    @Test
    void writesOneLineOverEachSecondAndTakesItAway() {
        now += 1_000_000_000;
        progress.tick();
        progress.tick();
        now += 1_000_000_000;
        progress.tick();
        progress.end();
        assertThat(shown()).isEqualTo("\r\u001b[Kweb: starting … 1 s\r\u001b[Kweb: starting … 2 s\r\u001b[K");
    }

    @Test
    void makesRoomForWhatIsSaidInBetween() {
        now += 1_000_000_000;
        progress.tick();
        progress.say("crosvm: web: something");
        assertThat(shown()).endsWith("1 s\r\u001b[Kcrosvm: web: something\n");
    }
}
