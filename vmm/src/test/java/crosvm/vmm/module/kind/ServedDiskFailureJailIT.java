package crosvm.vmm.module.kind;

import static crosvm.vmm.module.kind.DrivenDisk.SECTOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.storage.Qcow2File;
import crosvm.vmm.storage.SmallFileSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks by the qemu-storage-daemon of this machine that end, are stopped or have no room under their guests. */
@Timeout(600)
class ServedDiskFailureJailIT {
    private static final int DISK = 8 << 20;
    private static final int ERROR = 1;
    private static final int WAIT_MILLISECONDS = 120_000;

    @TempDir
    Path folder;

    @BeforeEach
    void makesABase() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/qemu-storage-daemon")), "no qemu-storage-daemon");
        Files.write(folder.resolve("base.img"), Arrays.copyOf("base".getBytes(StandardCharsets.UTF_8), DISK));
    }

    private static void signal(String signal, DrivenDisk disk) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + signal, Integer.toString(disk.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** @param writes whether the guest goes on writing; otherwise nothing is asked of the disk */
    private static void awaitDeath(DrivenDisk disk, int pid, boolean writes) throws Exception {
        long end = System.nanoTime() + WAIT_MILLISECONDS * 1_000_000L;
        while (disk.deaths.isEmpty() && System.nanoTime() < end) {
            if (writes) {
                disk.request(DrivenDisk.WRITE, 0, new byte[SECTOR]);
            } else {
                Thread.sleep(20);
            }
        }
        assertThat(disk.deaths).hasSize(1);
        assertThat(disk.deaths.get(0)).contains("blk work", "qemu-storage-daemon, process", "killed");
        while (Files.exists(Path.of("/proc/" + pid)) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(Path.of("/proc/" + pid)).doesNotExist();
    }

    @Test
    void toldOfItsDeathWhenItIsKilledUnderWrites() throws Exception {
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: base.img, writes: discard")) {
            disk.writes(0, "before");
            int pid = disk.pid();
            signal("KILL", disk);
            awaitDeath(disk, pid, true);
        }
    }

    @Test
    void killsOneThatIsStoppedUnderWritesOrIdle() throws Exception {
        try (DrivenDisk busy = DrivenDisk.start(folder, "path: base.img, writes: discard");
                DrivenDisk idle = DrivenDisk.start(folder, "path: base.img, writes: discard")) {
            busy.writes(0, "before");
            int busyPid = busy.pid();
            int idlePid = idle.pid();
            signal("STOP", idle);
            signal("STOP", busy);
            awaitDeath(busy, busyPid, true);
            awaitDeath(idle, idlePid, false);
            assertThat(idle.deaths.get(0)).contains("was stopped (SIGSTOP) from outside and was killed");
        }
    }

    /** Whose first data are its own table: QEMU's check for such overlaps finds it, and marks the image as corrupt. */
    @Test
    void failsWritesThatWouldGoIntoAnImagesOwnTables() throws Exception {
        Path image = Files.createFile(folder.resolve("evil.qcow2"));
        try (Fd open = Fd.open(image.toString(), Fd.O_RDWR)) {
            Qcow2File.create(open, DISK);
        }
        int cluster = 1 << 16;
        ByteBuffer bytes = ByteBuffer.allocate(5 * cluster).put(Files.readAllBytes(image));
        long table = 4L * cluster | 1L << 63;
        bytes.putLong(3 * cluster, table).putLong(4 * cluster, table).putShort(2 * cluster + 8, (short) 1);
        Files.write(image, bytes.array());
        try (DrivenDisk disk = DrivenDisk.start(folder, "path: evil.qcow2, format: qcow2, writes: keep")) {
            assertThat(disk.request(DrivenDisk.WRITE, 0, new byte[SECTOR])).isEqualTo(ERROR);
            assertThat(disk.deaths).isEmpty();
        }
        assertThatThrownBy(() -> DrivenDisk.start(folder, "path: evil.qcow2, format: qcow2, writes: keep"))
                .hasMessageContaining("is marked as corrupt");
    }

    @Test
    void failsTheWritesThatDoNotFitAndGoesOnWhenThereIsRoom() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        try (SmallFileSystem room = SmallFileSystem.over(small, 4);
                DrivenDisk disk = DrivenDisk.start(folder, "path: base.img, writes: small/over.qcow2")) {
            disk.writes(0, "before");
            assertThat(disk.control.hasFailed()).isFalse();
            room.fill();
            assertThat(disk.request(DrivenDisk.WRITE, DISK / SECTOR / 2, new byte[1 << 20]))
                    .as("a write without room for it")
                    .isEqualTo(ERROR);
            long end = System.nanoTime() + WAIT_MILLISECONDS * 1_000_000L;
            while (!disk.control.hasFailed() && System.nanoTime() < end) {
                Thread.sleep(20);
            }
            assertThat(disk.control.hasFailed()).as("shown as failed").isTrue();
            assertThat(disk.reads(0)).isEqualTo("before");
            room.makeRoom();
            disk.writes(DISK / SECTOR / 2, "there is room");
            assertThat(disk.reads(DISK / SECTOR / 2)).isEqualTo("there is room");
            assertThat(disk.deaths).isEmpty();
        }
    }
}
