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
            for (; System.nanoTime() < end; count++) {
                request(device);
            }
            return count + " disk requests";
        } finally {
            Files.delete(image);
        }
    }

    private void request(SoakedDevice device) {
        GuestMemory memory = device.memory;
        DriverQueue ring = device.rings.get(0);
        int type = random.nextInt(50) == 0 ? FLUSH : random.nextBoolean() ? READ : WRITE;
        memory.putU32(HEADER, type);
        memory.putU64(HEADER + 8, type == FLUSH ? 0 : random.nextInt(SECTORS - 8));
        memory.putU8(STATUS, 0xff);
        ring.setUsedEvent(ring.usedIndex());
        ring.offer(out(HEADER, 16), type == READ ? in(DATA, 4096) : out(DATA, 4096), in(STATUS, 1));
        device.kick(0);
        device.awaitUsed(0);
        if (memory.u8(STATUS) != 0) {
            throw new IllegalStateException("request of type " + type + " ended with status " + memory.u8(STATUS));
        }
    }
}
