package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;

import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A jailed disk under reads, writes and flushes of random places. */
final class DiskSoak {
    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x8100;
    private static final long DATA = 0x10000;
    private static final int SECTORS = 8192;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FLUSH = 4;
    private static final int MAX_AT_A_TIME = 16;

    private final Random random = new Random(1);

    /** @return what it did */
    String run(long nanoseconds) throws IOException {
        Path image = Files.createTempFile("soak", ".img");
        Files.write(image, new byte[SECTORS * BlockFile.SECTOR]);
        try (BlockFile disk = BlockFile.open(image, false);
                SoakedDevice device = new SoakedDevice(
                        RemoteDevice.of(DeviceType.BLOCK, "blk soak", 1, 256, 60),
                        "block_device.policy",
                        new HandedDevice<>(new BlkModule(), new BlkModule.Parts("soak", false, disk.file()), null))) {
            long end = System.nanoTime() + nanoseconds;
            long count = 0;
            while (System.nanoTime() < end) {
                count += requests(device, random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(MAX_AT_A_TIME));
            }
            return count + " disk requests";
        } finally {
            Files.delete(image);
        }
    }

    /** Several at a time, or one that comes alone. @return how many */
    private int requests(SoakedDevice device, int count) {
        GuestMemory memory = device.memory;
        DriverQueue ring = device.rings.get(0);
        ring.setUsedEvent(ring.usedIndex());
        for (int i = 0; i < count; i++) {
            int type = random.nextInt(50) == 0 ? FLUSH : random.nextBoolean() ? READ : WRITE;
            long header = HEADER + 16L * i;
            long data = DATA + 4096L * i;
            memory.putU32(header, type);
            memory.putU64(header + 8, type == FLUSH ? 0 : random.nextInt(SECTORS - 8));
            memory.putU8(STATUS + i, 0xff);
            ring.offer(out(header, 16), type == READ ? in(data, 4096) : out(data, 4096), in(STATUS + i, 1));
        }
        device.kick(0);
        device.awaitUsed(0);
        for (int i = 1; i < count; i++) {
            ring.awaitUsed();
        }
        for (int i = 0; i < count; i++) {
            if (memory.u8(STATUS + i) != 0) {
                throw new IllegalStateException("a request ended with status " + memory.u8(STATUS + i));
            }
        }
        return count;
    }
}
