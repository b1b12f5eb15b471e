package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data on disks: copied whole, given back to the host, and kept through a kill. */
class DiskBootIT {
    private static final int MIB = 1024 * 1024;
    private static final Pattern FSYNCED = Pattern.compile("^CROSVM-fsynced (\\d+)$");

    @TempDir
    private Path dir;

    @Test
    void copiesTwoHundredMebibytesBetweenDisksUnchanged() throws IOException {
        Path from = dir.resolve("from.img");
        Random random = new Random(200);
        byte[] block = new byte[MIB];
        try (OutputStream out = Files.newOutputStream(from)) {
            for (int i = 0; i < 200; i++) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        Path to = dir.resolve("to.img");
        Lab.command("truncate", "-s", "200M", to.toString());
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=copy", """
                cpus: 2
                disks:
                  - path: from.img
                  - {path: to.img, readOnly: false}
                """);
        try (Vm vm = Vm.run(spec)) {
            vm.await("^CROSVM-copied vda to vdb");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
        assertThat(Files.mismatch(from, to)).as("first differing byte").isEqualTo(-1);
    }

    @Test
    void givesDiscardedBlocksBackToTheHost() throws IOException {
        Path disk = Lab.copyOf("data.ext4", dir);
        Path spec =
                Lab.spec(dir, "vmlinuz", "quiet crosvm.test=discard", "disks: [{path: data.ext4, readOnly: false}]");
        try (Vm vm = Vm.run(spec)) {
            vm.await("^CROSVM-trim .*trimmed");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
        long allocated =
                Long.parseLong(Lab.command("stat", "-c", "%b", disk.toString()).trim()) * 512;
        assertThat(allocated).as("bytes allocated to the image").isLessThan(16L * MIB);
    }

    @Test
    void keepsWhatTheGuestFsyncedWhenItsMonitorIsKilled() throws IOException {
        Path disk = Lab.copyOf("data.ext4", dir);
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=fsync", "disks: [{path: data.ext4, readOnly: false}]");
        long promised;
        try (Vm vm = Vm.up(spec)) {
            vm.await("^CROSVM-fsynced 25$");
            List<ProcessHandle> processes = vm.processes();
            vm.signal("KILL");
            assertThat(vm.endsWithin(Duration.ofSeconds(60))).isTrue();
            System.out.printf("all processes gone %d ms after the kill%n", Lab.awaitEnd(processes));
            promised = vm.console().lines().stream()
                    .map(line -> FSYNCED.matcher(line.text()))
                    .filter(m -> m.matches())
                    .mapToLong(m -> Long.parseLong(m.group(1)))
                    .max()
                    .orElseThrow();
        }
        Lab.assertUnlocked(disk);
        List<String> records = recordsOn(disk);
        assertThat(records).hasSizeGreaterThanOrEqualTo((int) promised);
        for (int i = 0; i < promised; i++) {
            assertThat(records.get(i).trim()).isEqualTo(Integer.toString(i + 1));
        }
    }

    /** Mounts the image, which replays its journal, and reads the guest's file. */
    private List<String> recordsOn(Path disk) throws IOException {
        Path mount = Files.createDirectory(dir.resolve("mount"));
        Lab.command("mount", "-o", "loop", disk.toString(), mount.toString());
        try {
            return Files.readAllLines(mount.resolve("records"));
        } finally {
            Lab.command("umount", mount.toString());
        }
    }
}
