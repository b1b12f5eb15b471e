package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder of the host in a stock Linux, through virtiofsd. */
class ShareBootIT {
    @TempDir
    private Path dir;

    @ParameterizedTest(name = "readOnly {0}")
    @ValueSource(booleans = {false, true})
    void isSeenAndWrittenAsTheSpecSays(boolean readOnly) throws IOException {
        Path folder = Files.createDirectory(dir.resolve("src"));
        Files.writeString(folder.resolve("hello.txt"), "from the host\n");
        Path spec = Lab.spec(
                dir,
                "vmlinuz",
                "quiet crosvm.test=share",
                "shares: [{tag: src, path: src, readOnly: " + readOnly + "}]");
        try (Vm vm = Vm.run(spec)) {
            vm.await("^CROSVM-share has from the host$");
            vm.await("^CROSVM-share " + (readOnly ? "refuses" : "takes") + "$");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        }
        if (readOnly) {
            assertThat(folder.toFile().list()).containsExactly("hello.txt");
        } else {
            assertThat(folder.resolve("guest.txt")).hasContent("from the guest");
            assertThat(folder.resolve("big")).hasSize(4 << 20);
        }
    }
}
