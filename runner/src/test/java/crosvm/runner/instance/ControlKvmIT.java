package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine with a guest of a few bytes, started as people start it, and talked to. */
@Timeout(120)
class ControlKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    @TempDir
    private Path folder;

    private Path socket;
    private Process process;

    @BeforeEach
    void starts() throws Exception {
        KvmMachines.assumeKvm();
        socket = folder.resolve("c.sock");
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        Files.writeString(folder.resolve("vm.yaml"), """
                name: test
                kernel: kernel
                memory: 32MiB
                cpus: 2
                control: c.sock
                disks: [{id: data, path: disk.img, readOnly: false}]
                """);
        process = crosvm("up", folder.resolve("vm.yaml").toString());
        for (int i = 0; i < 600 && process.isAlive() && !Files.exists(socket); i++) {
            Thread.sleep(50);
        }
    }

    @AfterEach
    void ends() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private Process crosvm(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(words[0] + ".out").toFile())
                .start();
    }

    private int statusOf(Process ended) throws InterruptedException {
        assertThat(ended.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
        return ended.exitValue();
    }

    private ControlClient connect() {
        return ControlClient.connect(socket.toString(), socket);
    }

    @Test
    void isSeenSuspendedResumedResizedAndStopped() throws Exception {
        try (ControlClient waiting = connect();
                ControlClient client = connect()) {
            Thread waiter = new Thread(
                    () -> assertThat(waiting.ask("wait", Map.of(), null)).containsEntry("reason", "stopped"));
            waiter.start();
            assertThat(client.ask("status", Map.of()))
                    .containsEntry("state", "running")
                    .containsEntry("pid", process.pid())
                    .containsEntry("memory", 32L << 20)
                    .containsEntry("vcpus", 2L);
            assertThat(String.valueOf(client.ask("stats", Map.of()))).contains("requestq", "exits");
            assertThat(client.ask("stats", Map.of("format", "prometheus")).get("text"))
                    .asString()
                    .contains("crosvm_vcpu_exits_total{vm=\"test\",vcpu=\"0\",reason=\"io\"}");
            client.ask("suspend", Map.of());
            assertThat(client.ask("status", Map.of())).containsEntry("state", "suspended");
            assertThat(client.ask("disk-resize", Map.of("id", "data", "size", 2L << 20)))
                    .containsEntry("before", 1L << 20);
            assertThat(folder.resolve("disk.img")).hasSize(2 << 20);
            client.ask("resume", Map.of());
            assertThat(client.ask("status", Map.of())).containsEntry("state", "running");
            assertThat(statusOf(crosvm("stop", socket.toString()))).isZero();
            assertThat(socket).doesNotExist();
            waiter.join();
            assertThat(waiting.awaitEnd(null)).isTrue();
        }
        assertThat(statusOf(process)).isZero();
    }

    /** This guest does not listen to the button, so the machine ends after the time-out, whoever asked being gone. */
    @Test
    void aDownSurvivesItsClient() throws Exception {
        try (ControlClient client = connect()) {
            client.ask("suspend", Map.of());
            client.ask("down", Map.of("timeout", 1L));
        }
        assertThat(statusOf(process)).isEqualTo(35);
    }

    @Test
    void isStoppedWhileSuspended() throws Exception {
        try (ControlClient client = connect()) {
            client.ask("suspend", Map.of());
            client.ask("stop", Map.of());
            assertThat(client.awaitEnd(java.time.Duration.ofSeconds(60))).isTrue();
        }
        assertThat(statusOf(process)).isZero();
    }

    @Test
    void keepsItsSocketFromASecondMachineAndLeavesItStaleWhenKilled() throws Exception {
        Path second = folder.resolve("second.vm.yaml");
        Files.writeString(
                second,
                Files.readString(folder.resolve("vm.yaml"))
                        .replaceAll("disks: .*", "")
                        .replace("test", "other"));
        Process other = crosvm("up", second.toString());
        assertThat(statusOf(other)).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("up.out")))
                .contains(socket + ": another program is already listening there");
        process.destroyForcibly().waitFor();
        assertThat(socket).exists();
        process = crosvm("up", second.toString());
        for (int i = 0; i < 600 && process.isAlive(); i++) {
            try (ControlClient client = connect()) {
                assertThat(client.ask("status", Map.of())).containsEntry("name", "other");
                return;
            } catch (crosvm.runner.report.FailedException e) {
                Thread.sleep(50); // Still the stale one.
            }
        }
        throw new AssertionError(Files.readString(folder.resolve("up.out")));
    }
}
