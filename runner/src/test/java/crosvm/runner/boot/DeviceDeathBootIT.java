package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Device processes that are killed, crash or hang while a stock Linux keeps all of them busy. */
class DeviceDeathBootIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path dir;

    private Vm busy(String onFailure) throws IOException {
        Lab.copyOf("data.ext4", dir);
        Path spec = Lab.spec(
                dir,
                "vmlinuz",
                "quiet crosvm.test=net,busy crosvm.ip=198.18.4.2/24 crosvm.peer=198.18.4.1",
                """
                cpus: 2
                disks: [{id: data, path: data.ext4, readOnly: false}]
                networks: [{id: lan, hostIp: 198.18.4.1, netmask: 255.255.255.0, vhost: off}]
                sandbox: {onFailure: %s}
                """.formatted(onFailure));
        Vm vm = Vm.up(spec);
        vm.await("^CROSVM-tick 3$");
        return vm;
    }

    /** The device's own process and the launcher above it. */
    private static List<ProcessHandle> processesOf(Vm vm, String device) {
        List<ProcessHandle> all = vm.processes().stream()
                .filter(process -> words(process).contains(" " + device + " "))
                .toList();
        assertThat(all).as("the processes of %s", device).isNotEmpty();
        return all;
    }

    private static String words(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    /** @return milliseconds until crosvm has told of it and its processes are gone */
    private static long end(Vm vm, String device, String signal) throws Exception {
        List<ProcessHandle> processes = processesOf(vm, device);
        // unshare only waits for it; the last in line is the device itself.
        ProcessHandle jailed = processes.stream()
                .filter(process -> process.children().findAny().isEmpty())
                .findFirst()
                .orElseThrow();
        long start = System.nanoTime();
        Lab.command("kill", "-s", signal, Long.toString(jailed.pid()));
        Pattern line = Pattern.compile("device process [0-9]+ \\(" + device + "\\) was (killed|stopped)");
        while (!line.matcher(vm.said()).find() || processes.stream().anyMatch(ProcessHandle::isAlive)) {
            assertThat(System.nanoTime() - start)
                    .as("ns since SIG%s to %s; crosvm said: %s", signal, device, vm.said())
                    .isLessThan(SOON.toNanos());
            Thread.sleep(5);
        }
        return (System.nanoTime() - start) / 1_000_000;
    }

    @ParameterizedTest(name = "disk {0}, network {1}, entropy {2}")
    @CsvSource({"KILL, SEGV, STOP", "SEGV, STOP, KILL", "STOP, KILL, SEGV"})
    void theGuestGoesOnWithoutThemIfAskedTo(String disk, String network, String entropy) throws Exception {
        Set<String> interfaces = HostNet.interfaces();
        Map<String, String> signals = new LinkedHashMap<>();
        signals.put("data", disk);
        signals.put("lan", network);
        signals.put("rng", entropy);
        List<ProcessHandle> all;
        try (Vm vm = busy("continue")) {
            all = vm.processes();
            for (Map.Entry<String, String> each : signals.entrySet()) {
                long milliseconds = end(vm, each.getKey(), each.getValue());
                System.out.printf("SIG%s to %s: over after %d ms%n", each.getValue(), each.getKey(), milliseconds);
                int ticks = ticks(vm);
                vm.await("^CROSVM-tick " + (ticks + 3) + "$", SOON);
            }
            assertThat(vm.complaints().stream().filter(text -> text.contains("continues without")))
                    .as(vm.said())
                    .hasSize(3);
            assertThat(vm.said()).doesNotContain("Exception", "\tat ");
            vm.signal("KILL");
            System.out.printf("all processes gone %d ms after the machine's own SIGKILL%n", Lab.awaitEnd(all));
        }
        assertThat(HostNet.interfaces()).isEqualTo(interfaces);
    }

    @Test
    void theMachineEndsWithItsDeviceOtherwise() throws Exception {
        try (Vm vm = busy("stop")) {
            List<ProcessHandle> all = vm.processes();
            end(vm, "lan", "SEGV");
            assertThat(vm.endsWithin(SOON)).isTrue();
            assertThat(vm.status()).as(vm.said()).isEqualTo(1);
            assertThat(all).noneMatch(ProcessHandle::isAlive);
        }
        Lab.assertUnlocked(dir.resolve("data.ext4"));
    }

    private static int ticks(Vm vm) {
        return vm.console().lines().stream()
                .map(line -> line.text())
                .filter(text -> text.matches("CROSVM-tick \\d+"))
                .mapToInt(text -> Integer.parseInt(text.substring("CROSVM-tick ".length())))
                .max()
                .orElse(0);
    }
}
