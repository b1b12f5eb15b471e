package crosvm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailureReasonTest {
    @TempDir
    private Path folder;

    @Test
    void saysWhatJavaPutsIntoAClassOfItsOwn() {
        assertThat(FailureReason.of(new NoSuchFileException("/x"))).isEqualTo("no such file or directory");
        assertThat(FailureReason.of(new AccessDeniedException("/x"))).isEqualTo("permission denied");
        assertThat(FailureReason.of(new FileAlreadyExistsException("/x"))).isEqualTo("already exists");
    }

    @Test
    void leavesTheFilesNameToTheMessageRoundIt() {
        assertThat(FailureReason.of(new FileSystemException("/x", null, "Read-only file system")))
                .isEqualTo("read-only file system");
        assertThat(FailureReason.of(new IOException("No space left on device"))).isEqualTo("no space left on device");
    }

    @Test
    void isNeverEmptyNorAClassOfJavas() {
        assertThat(FailureReason.of(new ClosedChannelException())).isEqualTo("closed channel");
        assertThat(FailureReason.of(new IOException())).isEqualTo("input/output error");
        assertThat(FailureReason.of(new FileSystemException("/x"))).isEqualTo("file system");
    }

    @Test
    void namesWhatTheKernelSaid() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        try {
            Files.readString(file.resolve("in-a-file"));
        } catch (IOException e) {
            assertThat(FailureReason.of(e)).isEqualTo("not a directory");
        }
    }
}
