package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real-time clock's interrupts, as Linux's own driver gives them to programs such as hwclock and rtcwake. */
class ClockBootIT {
    private static final Pattern UPDATE = Pattern.compile("CROSVM-rtc update came ([0-9.]+)");

    @TempDir
    private Path dir;

    @Test
    void interruptsAtUpdatesAtTheAlarmAndPeriodically() throws IOException {
        try (Vm vm = Vm.run(Lab.spec(dir, "vmlinuz", "quiet crosvm.test=rtc", "memory: 256MiB"))) {
            assertThat(vm.status()).as(vm.said()).isZero();
            List<Double> updates = vm.console().lines().stream()
                    .map(line -> UPDATE.matcher(line.text()))
                    .filter(Matcher::matches)
                    .map(update -> Double.valueOf(update.group(1)))
                    .toList();
            assertThat(updates).as(vm.console().tail(10)).hasSize(3);
            assertThat(updates.get(2) - updates.get(0)).as("two seconds").isBetween(1.5, 4.0);
            double alarm = Double.parseDouble(
                    vm.await("^CROSVM-rtc alarm came ([0-9.]+)$").group(1));
            assertThat(alarm).as("seconds until an alarm in three").isBetween(1.5, 5.0);
            long periodic =
                    Long.parseLong(vm.await("^CROSVM-rtc periodic ([0-9]+)$").group(1));
            // Each is due at the first tick after the one before was acknowledged, which takes its time in a busy lab.
            assertThat(periodic).as("interrupts of 64 Hz in two seconds").isBetween(8L, 160L);
        }
    }
}
