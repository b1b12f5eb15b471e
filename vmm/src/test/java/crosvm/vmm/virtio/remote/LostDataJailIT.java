package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.virtio.DeviceType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A jailed disk whose image lies on an ext4 whose own store is full: Linux takes the writes, tells of their loss once, and says
 * afterwards that all is well.
 */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class LostDataJailIT {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x100000;
    private static final int MIB = 1 << 20;
    private static final int WRITE = 1;
    private static final int FLUSH = 4;
    private static final int OK = 0;
    private static final int IOERR = 1;
    private static final long F_FLUSH = 1 << 9;

    @TempDir
    Path folder;

    private Path store;
    private Path full;
    private Path image;
    private Path logFile;
    private Fd log;
    private DeviceCounters counters;

    @BeforeEach
    void mountsAFileSystemOnAStoreThatIsTooSmall() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can mount");
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "this machine has no loop devices");
        store = Files.createDirectory(folder.resolve("store"));
        full = Files.createDirectory(folder.resolve("full"));
        image = full.resolve("disk.img");
        run("mount -t tmpfs -o size=16m store " + store);
        run("truncate -s 64M " + store + "/ext4 && mkfs.ext4 -q -F -O ^has_journal " + store + "/ext4");
        run("mount -o loop " + store + "/ext4 " + full);
        run("fallocate -l 40M " + image + " && sync -f " + image);
        logFile = Files.createTempFile(folder, "device", ".log");
        log = Fd.owning(LibC.open(NativeBuffer.cString(logFile.toString()), 0x401, 0), "log");
        counters = DeviceCounters.create("data", 1);
    }

    @AfterEach
    void unmounts() throws Exception {
        if (counters != null) {
            counters.close();
            log.close();
        }
        run("umount -l " + full + " " + store);
    }

    private static void run(String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", command).inheritIO().start();
        assertThat(process.waitFor()).as(command).isZero();
    }

    private SoakedDevice start(BlockFile disk, long features) {
        return new SoakedDevice(
                RemoteDevice.of(DeviceType.BLOCK, "blk data", 1, 256, 60),
                "block_device.policy",
                new HandedDevice<>(new BlkModule(), new BlkModule.Parts("data", false, disk.file()), counters.fd()),
                log,
                features);
    }

    private static int request(SoakedDevice device, int type, long sector) {
        device.memory.putU32(HEADER, type);
        device.memory.putU64(HEADER + 8, sector);
        device.memory.putU8(STATUS, 0xff);
        device.rings.get(0).setUsedEvent(device.rings.get(0).usedIndex());
        if (type == WRITE) {
            device.rings.get(0).offer(out(HEADER, 16), out(DATA, MIB), in(STATUS, 1));
        } else {
            device.rings.get(0).offer(out(HEADER, 16), in(STATUS, 1));
        }
        device.kick(0);
        device.awaitUsed(0);
        return device.memory.u8(STATUS);
    }

    private static void fill(SoakedDevice device) {
        for (int i = 0; i < 30; i++) {
            device.memory.putU64(DATA, i + 1);
            assertThat(request(device, WRITE, i * 2048L)).as("write " + i).isEqualTo(OK);
        }
    }

    @Test
    void failsEveryFlushAfterOneThatFailedUntilTheImageIsOpenedAnew() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                SoakedDevice device = start(disk, -1)) {
            fill(device);
            assertThat(counters.hasFailed()).isFalse();
            assertThat(request(device, FLUSH, 0)).isEqualTo(IOERR);
            run("mount -o remount,size=100m " + store);
            for (int i = 0; i < 3; i++) {
                assertThat(request(device, FLUSH, 0))
                        .as("flush after there is room")
                        .isEqualTo(IOERR);
            }
            device.reset();
            assertThat(request(device, FLUSH, 0))
                    .as("flush after the driver's reset")
                    .isEqualTo(IOERR);
            assertThat(counters.hasFailed()).as("shown as failed").isTrue();
        }
        assertThat(Files.readString(logFile).lines().filter(line -> !line.isBlank()))
                .singleElement()
                .asString()
                .contains("blk data", "a flush has failed (E");
        try (BlockFile disk = BlockFile.open(image, false);
                SoakedDevice device = start(disk, -1)) {
            assertThat(request(device, WRITE, 0)).isEqualTo(OK);
            assertThat(request(device, FLUSH, 0)).as("of the image opened anew").isEqualTo(OK);
        }
    }

    @Test
    void failsEveryWriteOfADriverThatIsPromisedDurability() throws Exception {
        try (BlockFile disk = BlockFile.open(image, false);
                SoakedDevice device = start(disk, ~F_FLUSH)) {
            int first = 0;
            while (first < 30 && request(device, WRITE, first * 2048L) == OK) {
                first++;
            }
            assertThat(first).as("the first write that is lost").isBetween(1, 29);
            run("mount -o remount,size=100m " + store);
            device.reset();
            assertThat(request(device, WRITE, first * 2048L)).isEqualTo(IOERR);
            assertThat(request(device, WRITE, 0)).isEqualTo(IOERR);
        }
    }
}
