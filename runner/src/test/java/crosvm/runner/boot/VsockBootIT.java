package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** vsock between a guest and its host, through the host kernel's vhost-vsock. */
class VsockBootIT {
    private static final String EQUAL_64_MIB = "equal 67108864";

    @TempDir
    private Path dir;

    @Test
    void carriesBytesBothWaysAndRefusesAContextIdInUse() throws IOException {
        String tool = Lab.image("vsock").toString();
        Process echo = new ProcessBuilder(tool, "echo", "5678")
                .redirectOutput(dir.resolve("echo.txt").toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=vsock", "vsock: 3");
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-vsock cid 3$");
            vm.await("^CROSVM-vsock listening$");
            assertThat(Lab.command(tool, "compare", "3", "1234", "64")).contains(EQUAL_64_MIB);
            vm.await("^CROSVM-vsock to-host " + EQUAL_64_MIB + "$");
            vm.await("^CROSVM-vsock after reset equal 1048576$");

            assertThat(ownersOfVhost())
                    .as("processes for which the kernel serves rings")
                    .isNotEmpty()
                    .doesNotContain(vm.pid())
                    .isSubsetOf(vm.processes().stream().map(ProcessHandle::pid).toList());
            refusesTheSameContextId();

            vm.type("\n");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        } finally {
            echo.destroyForcibly();
        }
    }

    /** The kernel's worker threads are called vhost-PID. */
    private static List<Long> ownersOfVhost() throws IOException {
        return Lab.command("sh", "-c", "cat /proc/[0-9]*/task/*/comm 2>/dev/null | grep '^vhost-'")
                .lines()
                .map(name -> Long.valueOf(name.substring("vhost-".length())))
                .distinct()
                .toList();
    }

    private void refusesTheSameContextId() throws IOException {
        Path other = Files.createDirectory(dir.resolve("other"));
        try (Vm second = Vm.up(Lab.spec(other, "vmlinuz", "quiet crosvm.test=hello", "vsock: 3"))) {
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.said())
                    .contains("vsock.cid: 3 belongs to another running machine: EADDRINUSE")
                    .contains("Give this one another cid, or stop the other");
        }
    }
}
