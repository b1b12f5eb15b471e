package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.PolicySource;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the starter of a jail is told when the jailed program does not play along. */
class JailFailureJailIT {

    private static final JailPolicy POLICY =
            new JailPolicy(Policy.load(PolicySource.bundled(), "rng_device.policy"), JailPolicy.OnViolation.KILL);

    @TempDir
    Path folder;

    private JailedProcess start(String... command) {
        try (Fd log = Fd.open("/dev/null", Fd.O_RDWR)) {
            return JailedProcess.start(new JailProgram("disk-0", List.of(command), POLICY, log, List.of()));
        }
    }

    @Test
    void saysHowAProgramEndedThatNeverGotReady() {
        JailedProcess jail = start("/bin/sh", "-c", "exit 3");
        assertThatThrownBy(() -> jail.closeDoor(10_000))
                .isInstanceOf(VmmException.class)
                .hasMessageStartingWith("device process disk-0 ended with status 3 before it was ready");
        assertThat(jail.launcher().pidFd().isOpen()).as("nothing is left open").isFalse();
    }

    @Test
    void givesUpOnAProgramThatHangs() {
        JailedProcess jail = start("/bin/sh", "-c", "sleep 1000");
        assertThatThrownBy(() -> jail.closeDoor(300))
                .hasMessage("device process disk-0 did not answer within 300 ms before it was ready");
        assertThat(Path.of("/proc/" + jail.launcher().pid())).doesNotExist();
    }

    @Test
    void saysThatAKilledProcessMayHaveBeenKilled() throws Exception {
        try (JailedProcess jail = start("/bin/sh", "-c", "sleep 1000")) {
            // Killed before that it would be the launcher that ends, with a status of its own.
            while (jail.pid().isEmpty() || !isShell(jail.pid().getAsInt())) {
                Thread.sleep(5);
            }
            new ProcessBuilder("kill", "-KILL", Integer.toString(jail.pid().getAsInt()))
                    .start()
                    .waitFor();
            ProcessExit status = jail.launcher().await(5000);
            assertThat(status).isNotNull();
            assertThat(JailedProcess.describe(status))
                    .isEqualTo("was killed (SIGKILL), or crashed if there is a crash report above");
        }
    }

    private static boolean isShell(int pid) throws IOException {
        return Files.readString(Path.of("/proc/" + pid + "/cmdline")).startsWith("/bin/sh");
    }

    @Test
    void runsAProgramThatOnlyItsStarterCanReach() throws Exception {
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Path program = Files.copy(Path.of("/bin/sh"), closed.resolve("program"));
        for (String mode : List.of("rwxr-xr-x", "rwx------")) {
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(mode));
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
            JailedProcess jail = start(program.toString(), "-c", "exit 7");
            assertThatThrownBy(() -> jail.closeDoor(10_000))
                    .as(mode)
                    .hasMessageStartingWith("device process disk-0 ended with status 7 before it was ready");
        }
    }

    @Test
    void hasASessionOfItsOwnAndOnlyTheDescriptorsItWasGiven() throws Exception {
        try (Fd log = Fd.open("/dev/null", Fd.O_RDWR);
                Pipe extra = Pipe.create("extra");
                JailedProcess jail = JailedProcess.start(new JailProgram(
                        "disk-0", List.of("/bin/sh", "-c", "sleep 1000"), POLICY, log, List.of(extra.reader())))) {
            while (jail.pid().isEmpty()) {
                Thread.sleep(5);
            }
            int pid = jail.pid().getAsInt();
            Thread.sleep(100);
            try (var fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
                assertThat(fds.map(fd -> fd.getFileName().toString()))
                        .containsExactlyInAnyOrder("0", "1", "2", "3", "4");
            }
            String[] stat = Files.readString(Path.of("/proc/" + pid + "/stat")).split(" ");
            assertThat(stat[6]).as("no controlling terminal").isEqualTo("0");
        }
    }
}
