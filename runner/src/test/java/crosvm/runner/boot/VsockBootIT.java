package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

            Lab.assertVhostServesAJailOf(vm);
            refusesTheSameContextId();

            vm.type("\n");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        } finally {
            echo.destroyForcibly();
        }
    }

    private void refusesTheSameContextId() throws IOException {
        Path other = Files.createDirectory(dir.resolve("other"));
        Path spec = Lab.spec(other, "vmlinuz", "quiet crosvm.test=hello", "vsock: 3");
        Files.writeString(spec, Files.readString(spec).replace("name: boot-test", "name: other"));
        try (Vm second = Vm.up(spec)) {
            assertThat(second.status()).isEqualTo(1);
            assertThat(second.said())
                    .contains("vsock.cid: 3 belongs to another running machine: EADDRINUSE")
                    .contains("Use another cid for this one, or stop the other");
        }
    }

    /** At first the guest has no driver, then nobody listens; later a program that listens comes, goes and comes again. */
    @Test
    void isReadyLateAndUnhealthyAsLongAsNobodyListens() throws Exception {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=shell", """
                vsock: 4
                ready: {vsock: 1234, within: 1s}
                health: {vsock: 1235, interval: 1s, retries: 2}
                """);
        try (Vm vm = Vm.up(spec)) {
            vm.awaitSaid("is not ready: vsock port 1234 takes no connections: .* within 1 s; it is still running");
            vm.await("CROSVM-shell");
            vm.type("b=/bin/busybox; for m in $($b cat /mods/more); do $b insmod /mods/$m; done; vsock echo 1234 &\n");
            vm.await("listening on port 1234");
            vm.awaitSaid("is ready after [0-9]+ s, later than 1 s");
            vm.awaitSaid("is unhealthy: vsock port 1235 takes no connections: nobody listens there, 2 times in a row");
            vm.type("vsock echo 1235 &\n");
            vm.awaitSaid("is healthy again");
            vm.type("kill $!\n");
            vm.awaitSaid("healthy again(.*\n)+.*is unhealthy: vsock port 1235");
            vm.type("vsock echo 1235 &\n");
            vm.awaitSaid("healthy again(.*\n)+.*is unhealthy(.*\n)+.*healthy again");
            vm.type("exit\n");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }
}
