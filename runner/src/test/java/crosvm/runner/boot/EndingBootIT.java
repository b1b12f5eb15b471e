package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways a machine ends, each with its status. */
class EndingBootIT {
    @TempDir
    private Path dir;

    @ParameterizedTest(name = "{0} ends with {1}")
    @CsvSource({"reboot, 32", "triple, 33", "panic, 34", "panic-bare, 32"})
    void tellsByItsStatusHowTheGuestEnded(String scenario, int status) throws IOException {
        try (Vm vm = Vm.run(Lab.spec(dir, "vmlinuz", "quiet crosvm.test=" + scenario, "cpus: 2"))) {
            vm.await("CROSVM-ending " + scenario.replace("-bare", ""));
            assertThat(vm.status()).as(vm.said()).isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM", "INT", "HUP"})
    void endsInAnOrderlyWayOnASignal(String signal) throws IOException {
        Path disk = Lab.copyOf("data.ext4", dir);
        Path spec = Lab.spec(dir, "vmlinuz", "crosvm.test=sleep", "disks: [{path: data.ext4, readOnly: false}]");
        try (Vm vm = Vm.up(spec)) {
            vm.await("Linux version");
            var processes = vm.processes();
            vm.signal(signal);
            assertThat(vm.endsWithin(Duration.ofSeconds(60)))
                    .as("ends on SIG%s", signal)
                    .isTrue();
            assertThat(processes).noneMatch(ProcessHandle::isAlive);
            assertThat(vm.said()).doesNotContain("Exception", "\tat ");
        }
        Lab.assertUnlocked(disk);
    }

    @Test
    void refusesAWritableDiskThatAnotherMachineHas() throws IOException {
        Path disk = Lab.copyOf("data.ext4", dir);
        Path spec = Lab.spec(dir, "vmlinuz", "crosvm.test=sleep", "disks: [{path: data.ext4, readOnly: false}]");
        try (Vm first = Vm.up(spec)) {
            first.await("Linux version");
            Path other = Files.writeString(
                    dir.resolve("other.yaml"),
                    Files.readString(spec)
                            .replace("name: boot-test", "name: other")
                            .replace("readOnly: false", "readOnly: true"));
            try (Vm second = Vm.up(other)) {
                assertThat(second.status()).isEqualTo(1);
                assertThat(second.said())
                        .contains(disk.getFileName().toString())
                        .contains("in use");
            }
            assertThat(first.isAlive()).isTrue();
        }
    }
}
