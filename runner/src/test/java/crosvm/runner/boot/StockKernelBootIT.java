package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.boot.Console.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's cloud kernel, a bzImage, with 2 vCPUs, a read-only squashfs as its root and a writable ext4: one boot, and what
 * the guest and the host saw of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StockKernelBootIT {
    /** What must not be in a kernel log. */
    private static final Pattern COMPLAINT = Pattern.compile(
            "\\bBUG\\b|WARNING|Call Trace|nobody cared|ACPI (BIOS )?(Error|Exception|Warning)|ACPI.*: (error|failed)|\\btimed out\\b");

    private Path disk;
    private Vm vm;
    private int status;

    @BeforeAll
    void boot(@TempDir Path dir) throws IOException {
        disk = Lab.copyOf("data.ext4", dir);
        vm = Vm.run(Lab.spec(dir, "vmlinuz", "crosvm.test=mount-write,facts,rng crosvm.token=stock", """
                memory: 512MiB
                cpus: 2
                disks:
                  - path: %s
                    root: true
                  - id: scratch
                    path: data.ext4
                    readOnly: false
                """.formatted(
                        Lab.image("root.squashfs"))));
        status = vm.status();
    }

    @Test
    void endsWithStatusZeroWhenTheGuestPowersOff() throws IOException {
        assertThat(vm.console().tail(40)).contains("CROSVM-ending poweroff");
        assertThat(status).as(vm.said()).isZero();
    }

    @Test
    void saysNothingOnStandardErrorOfAGoodRun() throws IOException {
        assertThat(vm.complaints()).isEmpty();
    }

    @Test
    void mountsTheRootThatTheSpecNames() {
        assertThat(vm.console().lines())
                .extracting(Line::text)
                .contains("CROSVM-USERSPACE initrd", "CROSVM-USERSPACE root", "CROSVM-read crosvm test root");
    }

    @Test
    void showsTheHostWhatTheGuestWrote() throws IOException {
        assertThat(Lab.readFromExt4(disk, "/from-guest.txt")).contains("written by the guest, stock");
        Lab.assertUnlocked(disk);
    }

    @Test
    void leavesTheFileSystemClean() throws IOException {
        assertThat(Lab.command("dumpe2fs", "-h", disk.toString())).containsPattern("Filesystem state: +clean");
    }

    @Test
    void showsEachDiskWithItsSizeItsNameAndWhetherItMayBeWritten() {
        List<String> disks = vm.console().section("disks");
        assertThat(disks).hasSize(2);
        assertThat(disks.get(0)).startsWith("vda ").contains(" ro=1 ", " type=squashfs ", " serial=disk0 ");
        assertThat(disks.get(1)).startsWith("vdb sectors=131072 ro=0 type=ext4 serial=scratch cache=write_back");
    }

    @Test
    void givesTheVirtqueuesMsiXVectors() {
        List<String> interrupts = vm.console().section("interrupts");
        assertThat(interrupts)
                .as("vectors of the first queues of two disks")
                .filteredOn(line -> line.contains("PCI-MSI") && line.matches(".*virtio\\d+-req\\.0"))
                .hasSize(2);
        assertThat(interrupts).anyMatch(line -> line.contains("PCI-MSI") && line.matches(".*virtio\\d+-input"));
        assertThat(interrupts).noneMatch(line -> line.contains("IO-APIC") && line.contains("virtio"));
    }

    @Test
    void bringsUpEveryVcpu() throws IOException {
        vm.await("^CROSVM-nproc 2$");
    }

    @Test
    void tellsTheTimeToTwoSeconds() {
        Line line = vm.console().lines().stream()
                .filter(l -> l.text().startsWith("CROSVM-date "))
                .findFirst()
                .orElseThrow();
        long guest = Long.parseLong(line.text().substring("CROSVM-date ".length()));
        assertThat(guest - line.time().getEpochSecond())
                .as("guest's clock less the host's, s")
                .isBetween(-2L, 2L);
    }

    @Test
    void givesTheGuestItsMemory() throws IOException {
        Matcher total = vm.await("^CROSVM-memtotal (\\d+) kB$");
        assertThat(Long.parseLong(total.group(1))).isBetween(460_000L, 524_288L);
    }

    @Test
    void feedsTheGuestRandomBytes() throws IOException {
        vm.await("^CROSVM-rng virtio_rng\\.0 (?!0{32})[0-9a-f]{32}$");
    }

    @Test
    void givesTheKernelNothingToComplainOf() {
        assertThat(vm.console().section("dmesg"))
                .filteredOn(line -> COMPLAINT.matcher(line).find())
                .isEmpty();
    }

    @Test
    void isFoundByAcpiAndConfiguredThroughEcam() {
        assertThat(vm.console().section("dmesg"))
                .anyMatch(line -> line.contains("PCI: Using configuration type 1") || line.contains("MMCONFIG"))
                .anyMatch(line -> line.contains("ACPI: Interpreter enabled"))
                .anyMatch(line -> line.contains("MMCONFIG") && line.contains("reserved"));
    }
}
