package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.abi.KvmIoctl;
import crosvm.vmm.linux.jna.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FdTest {
    private static final int F_GETFD = 1;

    @Test
    void opensCloseOnExec() {
        try (Fd fd = Fd.open("/dev/null", Fd.O_RDONLY)) {
            assertThat(LibC.fcntl(fd.number(), F_GETFD, 0)).isEqualTo(1);
            assertThat(fd.name()).isEqualTo("/dev/null");
        }
    }

    @Test
    void opensPathsBeyondAscii(@TempDir Path folder) throws Exception {
        Path path = Files.createFile(folder.resolve("Gerät-設備"));
        try (Fd fd = Fd.open(path.toString(), Fd.O_RDONLY)) {
            assertThat(fd.isOpen()).isTrue();
        }
    }

    @Test
    void namesThePathAndTheErrorWhenItCannotOpen(@TempDir Path folder) {
        String path = folder.resolve("nothing").toString();
        assertThatThrownBy(() -> Fd.open(path, Fd.O_RDONLY))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessage(path + ": open: ENOENT (no such file or directory)");
    }

    @Test
    void closesExactlyOnce() {
        Fd first = Fd.open("/dev/null", Fd.O_RDONLY);
        int number = first.number();
        first.close();
        assertThat(first.isOpen()).isFalse();
        try (Fd second = Fd.open("/dev/null", Fd.O_RDONLY)) {
            first.close(); // Would close somebody else's descriptor, if it had got the same number.
            assertThat(LibC.fcntl(second.number(), F_GETFD, 0)).isNotNegative();
        }
        assertThatThrownBy(first::number)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used after close");
        assertThat(first.toString()).contains("/dev/null").doesNotContain("fd " + number + ")");
    }

    @Test
    void namesTheFileAndTheIoctlThatFailed() {
        try (Fd fd = Fd.open("/dev/null", Fd.O_RDONLY)) {
            assertThatThrownBy(() -> fd.ioctl(KvmIoctl.CREATE_VM, 0))
                    .hasMessage("/dev/null: KVM_CREATE_VM: ENOTTY (not supported by this kind of file)");
        }
    }

    @Test
    void describesErrnosItDoesNotKnowByNumber() {
        assertThat(Errno.describe(133)).isEqualTo("errno 133");
        assertThat(Errno.describe(13)).isEqualTo("EACCES (permission denied)");
        assertThat(Errno.of(133)).isEqualTo(Errno.UNKNOWN);
    }
}
