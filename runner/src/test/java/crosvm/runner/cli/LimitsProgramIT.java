package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Under limits that are too low even where they may be raised, which needs no KVM: nothing has been started yet. */
class LimitsProgramIT {
    @TempDir
    Path folder;

    @BeforeEach
    void writesASpec() throws Exception {
        Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
        Files.writeString(
                folder.resolve("vm.yaml"),
                "name: web\nkernel: {builtin: hello}\nmemory: 64MiB\ndisks: [{path: disk.img, readOnly: false}]\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nofile=20 | crosvm: open files (ulimit -n): the limit is 20, and crosvm by itself needs 64.",
                "--nofile=100 | crosvm: web: open files (ulimit -n): the limit is 100, this machine needs 128.",
                "--nproc=10 | crosvm: processes and threads (ulimit -u): the limit is 10, and crosvm by itself needs 20.",
                "--fsize=1048576 | crosvm: web: file size (ulimit -f): the limit is 1024 KiB, this machine needs 65536 KiB.",
                "--nproc=40 | (ulimit -u): the limit is 40, this machine needs 56."
            })
    void namesTheLimitItsValueAndTheNeedInOneLine(String limit, String message) throws Exception {
        Program.Result result = Program.upUnderLimit(folder, limit, "vm.yaml");
        assertThat(result.out()).contains(message).endsWith("\nstatus 1\n").hasLineCount(2);
        assertThat(result.out()).doesNotContain("chroot", "Xmx", "EINVAL");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void doctorChecksThemAllForTheGivenSpec() throws Exception {
        Program.Result result =
                Program.script(folder, "prlimit --nofile=100 --fsize=1048576 $crosvm doctor vm.yaml | cat; true");
        assertThat(result.out())
                .contains(
                        "problem  open files (ulimit -n): the limit is 100, this machine needs 128",
                        "problem  file size (ulimit -f): the limit is 1024 KiB, this machine needs 65536 KiB",
                        "-> ulimit -n 128 (as root, or by /etc/security/limits.conf; for a service LimitNOFILE=128)");
    }
}
