package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.virtio.DeviceType;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A jailed disk past the page cache, its image on an ext4 of its own whose blocks cannot be read in part. */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class DirectDiskJailIT {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x100000;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FLUSH = 4;
    private static final int MIB = 1 << 20;

    /** The last sectors are less than a block. */
    private static final int SECTORS = 16 * 2048 + 3;

    @TempDir
    Path folder;

    private Path mounted;
    private Path image;
    private String loop = "";

    @BeforeEach
    void makesLoopDevices() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can mount");
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "this machine has no loop devices");
        mounted = Files.createDirectory(folder.resolve("mounted"));
        image = mounted.resolve("disk.img");
    }

    private void mount(int sector) throws Exception {
        run("truncate -s 64M " + folder + "/ext4");
        loop = run("losetup --show -f -b " + sector + " " + folder + "/ext4").strip();
        run("mkfs.ext4 -q -F -b 4096 " + loop + " && mount " + loop + " " + mounted);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SECTORS * 512L);
        }
    }

    @AfterEach
    void unmounts() throws Exception {
        run("! mountpoint -q " + mounted + " || umount " + mounted);
        if (!loop.isEmpty()) {
            run("losetup -d " + loop);
        }
    }

    private static String run(String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command).isZero();
        return said;
    }

    private static void request(SoakedDevice device, int type, long sector, int length, int offset) {
        device.memory.putU32(HEADER, type);
        device.memory.putU64(HEADER + 8, sector);
        device.memory.putU8(STATUS, 0xff);
        device.rings.get(0).setUsedEvent(device.rings.get(0).usedIndex());
        switch (type) {
            case READ -> device.rings.get(0).offer(out(HEADER, 16), in(DATA + offset, length), in(STATUS, 1));
            case WRITE -> device.rings.get(0).offer(out(HEADER, 16), out(DATA + offset, length), in(STATUS, 1));
            default -> device.rings.get(0).offer(out(HEADER, 16), in(STATUS, 1));
        }
        device.kick(0);
        device.awaitUsed(0);
        assertThat(device.memory.u8(STATUS))
                .as("status of type " + type + " at " + sector)
                .isZero();
    }

    /** Pages of the image in the page cache. */
    private int cached() throws Exception {
        return Integer.parseInt(run("fincore -n -o PAGES " + image).strip());
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void readsAndWritesPastThePageCacheWhateverTheGuestAsksFor(int sector) throws Exception {
        mount(sector);
        DiskSpec spec =
                new DiskSpec("data", image, null, false, false, DiskFormat.RAW, null, null, null, DiskCache.NONE);
        byte[] expected = new byte[SECTORS * 512];
        try (BlkModule.Parts parts = new BlkModule().open(spec);
                SoakedDevice device = new SoakedDevice(
                        RemoteDevice.of(DeviceType.BLOCK, "blk data", 1, 256, 60),
                        "block_device.policy",
                        new HandedDevice<>(new BlkModule(), parts, null))) {
            assertThat(parts.direct()).isNotNull();
            Random random = new Random(3);
            for (int i = 0; i < 16; i++) {
                write(device, random, expected, i * 2048, MIB, 0);
            }
            read(device, expected, 2048, MIB, 0);
            read(device, expected, 4096, MIB, 100); // By way of the buffer.
            assertThat(cached()).as("pages of blocks").isZero();
            for (int i = 0; i < 50; i++) {
                int at = random.nextInt(SECTORS - 200);
                write(device, random, expected, at, 512 * (1 + random.nextInt(200)), random.nextInt(4096));
                read(device, expected, at, 512 * (1 + random.nextInt(200)), random.nextInt(4096));
            }
            write(device, random, expected, SECTORS - 2, 1024, 4);
            write(device, random, expected, SECTORS - 3, 512, 0);
            read(device, expected, SECTORS - 19, 19 * 512, 0);
            request(device, FLUSH, 0, 0, 0);
            assertThat(image).hasSize(SECTORS * 512L).hasBinaryContent(expected);
        }
    }

    private static void write(SoakedDevice device, Random random, byte[] expected, int sector, int length, int offset) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        device.memory.write(DATA + offset, bytes, 0, length);
        System.arraycopy(bytes, 0, expected, sector * 512, length);
        request(device, WRITE, sector, length, offset);
    }

    private static void read(SoakedDevice device, byte[] expected, int sector, int length, int offset) {
        device.memory.write(DATA + offset, new byte[length], 0, length);
        request(device, READ, sector, length, offset);
        byte[] bytes = new byte[length];
        device.memory.read(DATA + offset, bytes, 0, length);
        assertThat(bytes).isEqualTo(Arrays.copyOfRange(expected, sector * 512, sector * 512 + length));
    }
}
