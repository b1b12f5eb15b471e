package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Devices in processes that {@code crosvm serve} has had prepared: their jails are no wider than those of any other machine. */
@Timeout(900)
class PreparedDevicesKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    @TempDir
    Path folder;

    private Process server;
    private Process client;

    @BeforeEach
    void needsKvm() {
        KvmMachines.assumeKvm();
    }

    @AfterEach
    void leavesNothing() throws Exception {
        for (Process process : new Process[] {client, server}) {
            if (process != null) {
                List<ProcessHandle> family = process.descendants().toList();
                process.destroy();
                process.waitFor();
                until("the processes have ended", () -> family.stream().noneMatch(ProcessHandle::isAlive));
            }
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void until(String what, Condition condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(280);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("%s: %s", what, said()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private String said() throws IOException {
        StringBuilder said = new StringBuilder();
        for (String file : List.of("serve.err", "err")) {
            said.append(Files.exists(folder.resolve(file)) ? Files.readString(folder.resolve(file)) : "");
        }
        return said.toString();
    }

    private Process start(String output, String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(folder.resolve(output).toFile())
                .redirectError(folder.resolve(output.replace("out", "err")).toFile());
        builder.environment().keySet().removeAll(List.of("CROSVM_JAVA_OPTS", "JAVA_TOOL_OPTIONS"));
        builder.environment().putAll(Map.of("XDG_RUNTIME_DIR", folder.toString(), "CROSVM_SERVE_WAIT", "60000"));
        return builder.start();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException e) {
            return "";
        }
    }

    private Set<Long> devices() {
        return server.descendants()
                .filter(process -> commandLine(process).contains("DeviceMain\0waiting\0")
                        && process.info().command().orElse("").endsWith("/java"))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    private static boolean has(long pid, String file) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/5"))
                    .toString()
                    .equals(file);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void areInJailsAsTightAsAnyAndThoseNotNeededEnd() throws Exception {
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
        Path spec = Files.writeString(folder.resolve("vm.yaml"), """
                name: test
                kernel: kernel
                memory: 32MiB
                balloon: false
                disks: [{id: data, path: disk.img, readOnly: false}]
                """);
        server = start("serve.out", LAUNCHER.toString(), "serve", "--prepared-devices", "3");
        until("a process is prepared", () -> said().contains("is prepared"));
        until("three devices wait", () -> devices().size() == 3);
        Set<Long> begun = devices();

        client = start("out", LAUNCHER.toString(), "up", spec.toString());
        until("the guest runs", () -> Files.size(folder.resolve("out")) > 0 || !client.isAlive());
        assertThat(folder.resolve("out")).as(said()).hasContent("R");
        assertThat(said()).contains("has been taken");
        long machine = Long.parseLong(Files.readString(folder.resolve("crosvm/test/state.json"))
                .replaceFirst("(?s).*?\"pid\":([0-9]+).*", "$1"));
        until(
                "the third has ended",
                () -> begun.stream()
                                .filter(pid -> ProcessHandle.of(pid).isPresent())
                                .count()
                        == 2);
        List<Long> used =
                begun.stream().filter(pid -> ProcessHandle.of(pid).isPresent()).toList();
        long data = used.stream()
                .filter(pid -> has(pid, folder + "/disk.img"))
                .findFirst()
                .orElseThrow();
        long rng = used.stream().filter(pid -> pid != data).findFirst().orElseThrow();
        for (Map.Entry<String, Long> device : Map.of("data", data, "rng", rng).entrySet()) {
            Map<String, String> printed = JailTable.of(spec, device.getKey()).rows();
            Map<String, String> real = new JailInProc(device.getValue(), machine).rows(1 << 20);
            assertThat(real).hasSize(7);
            real.forEach((row, value) ->
                    assertThat(printed).as("%s of %s", row, device.getKey()).containsEntry(row, value));
            assertThat(Files.readAllLines(Path.of("/proc/" + device.getValue() + "/status")))
                    .contains("Seccomp:\t2", "NoNewPrivs:\t1");
        }
        JailTable.assertDescriptors(
                data, JailTable.of(spec, "data").descriptors().size(), folder);
    }
}
