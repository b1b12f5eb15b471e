package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The other kernel format, the other JDK, and a machine with more memory than fits below the PCI hole. */
class KernelFormatBootIT {
    @TempDir
    private Path dir;

    @Test
    void bootsAnElfKernelFromAWritableRoot() throws IOException {
        Path root = Lab.copyOf("root.ext4", dir);
        Path spec = Lab.spec(
                dir,
                "vmlinux",
                "quiet crosvm.test=write-root crosvm.token=elf",
                "disks: [{path: root.ext4, readOnly: false, root: true}]");
        try (Vm vm = Vm.run(spec)) {
            vm.await("^CROSVM-USERSPACE root$");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
        assertThat(Lab.readFromExt4(root, "/from-guest.txt")).contains("written by the guest, elf");
    }

    @Test
    void bootsWithSixGibibytesOfWhichTheHostHasFewer() throws IOException {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=hello,memory", "memory: 6GiB");
        try (Vm vm = Vm.run(spec)) {
            Matcher total = vm.await("^CROSVM-memtotal (\\d+) kB$");
            assertThat(Long.parseLong(total.group(1))).isBetween(5_900_000L, 6_291_456L);
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }

    @Test
    void runsOnJdk25WithoutAWarning() throws IOException {
        assumeTrue(Lab.jdk25().isPresent(), "no JDK 25 on this machine");
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=hello", "cpus: 2");
        try (Vm vm = Vm.run(spec, Lab.jdk25().orElseThrow())) {
            vm.await("^CROSVM-hello 6");
            assertThat(vm.status()).as(vm.said()).isZero();
            assertThat(vm.complaints()).isEmpty();
        }
    }
}
