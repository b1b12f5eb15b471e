package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.instance.ControlClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stock Linux, talked to from outside while it runs. It prints its uptime and the size of its disk five times a second. */
class ControlBootIT {
    private static final Duration SUSPENDED = Duration.ofSeconds(8);

    @TempDir
    private Path dir;

    @Test
    void isSuspendedResumedResizedAndShutsItselfDownWhenTheButtonIsPressed() throws IOException {
        Lab.copyOf("data.ext4", dir);
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=control", """
                cpus: 2
                control: c.sock
                disks: [{id: data, path: data.ext4, readOnly: false}]
                """);
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-tick 131072");
            try (ControlClient client = ControlClient.connect("boot-test", dir.resolve("c.sock"))) {
                suspendAndResume(vm, client);
                client.ask("disk-resize", Map.of("id", "data", "size", 96L << 20));
                vm.await("^CROSVM-tick 196608 ", Duration.ofSeconds(60));
                client.ask("down", Map.of("timeout", 120));
                vm.await("^CROSVM-power button", Duration.ofSeconds(60));
                // The guest's own doing, not the time-out's.
                vm.await("^CROSVM-ending poweroff", Duration.ofSeconds(60));
            }
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.console().section("complaints")).isEmpty();
            assertThat(vm.complaints()).isEmpty();
        }
        assertThat(Lab.command("e2fsck", "-n", dir.resolve("data.ext4").toString()))
                .contains("clean");
    }

    private static void suspendAndResume(Vm vm, ControlClient client) {
        client.ask("suspend", Map.of());
        pause(Duration.ofSeconds(2)); // What it has said is still on its way here.
        List<String> before = ticks(vm);
        pause(SUSPENDED);
        assertThat(ticks(vm)).as("the suspended guest says nothing").isEqualTo(before);
        client.ask("resume", Map.of());
        List<String> after = before;
        for (int i = 0; i < 300 && after.size() <= before.size(); i++) {
            pause(Duration.ofMillis(100));
            after = ticks(vm);
        }
        assertThat(after).as("it goes on").hasSizeGreaterThan(before.size());
        double slept = uptime(after.get(before.size())) - uptime(before.get(before.size() - 1));
        assertThat(slept)
                .as("seconds that passed in the guest while it was suspended for %s", SUSPENDED)
                .isLessThan(SUSPENDED.toSeconds() / 2.0);
    }

    private static List<String> ticks(Vm vm) {
        return vm.console().lines().stream()
                .map(Console.Line::text)
                .filter(text -> text.matches("CROSVM-tick \\d+ [0-9.]+"))
                .toList();
    }

    private static double uptime(String tick) {
        return Double.parseDouble(tick.substring(tick.lastIndexOf(' ') + 1));
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
