package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.VmmException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void tellsOfAnEngineErrorInOneLine() {
        assertThat(new ErrorReport(err, false).tell(new VmmException("/dev/kvm: open: EACCES")))
                .isEqualTo(ExitStatus.FAILED);
        assertThat(text()).isEqualTo("crosvm: /dev/kvm: open: EACCES\n");
    }

    @Test
    void keepsTheStackTraceOfOurOwnMistakeInAFile() throws IOException {
        assertThat(new ErrorReport(err, false).tell(new IllegalStateException("broken")))
                .isEqualTo(ExitStatus.FAILED);
        assertThat(text()).contains("internal error: java.lang.IllegalStateException: broken");
        assertThat(text()).doesNotContain("\tat ");
        Path file = Path.of(text().substring(text().lastIndexOf(' ') + 1).strip());
        assertThat(Files.readString(file)).contains("\tat ", "keepsTheStackTraceOfOurOwnMistakeInAFile");
        Files.delete(file);
    }

    /** More heap would not help. */
    @Test
    void tellsOfALimitOnThreadsAsThat() {
        new ErrorReport(err, false)
                .tell(new OutOfMemoryError("unable to create native thread: possibly out of memory"));
        assertThat(text()).startsWith("crosvm: cannot start another thread: ").doesNotContain("Xmx");
    }

    @Test
    void showsStackTracesToWhoeverDebugs() {
        new ErrorReport(err, true).tell(new VmmException("no luck"));
        assertThat(text()).contains("crosvm: no luck\n", "\tat ");
    }
}
