package crosvm.vmm.virtio.remote;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.hosting.HandedDevice;
import crosvm.vmm.jail.JailableClassPath;
import crosvm.vmm.module.kind.BlkModule;
import crosvm.vmm.virtio.DeviceType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A jailed disk of a guest with several vCPUs, each of which has a queue. */
@Timeout(120)
@ExtendWith(JailableClassPath.class)
class DiskQueuesJailIT {
    private static final int QUEUES = 4;

    /** As many as a ring of the driver has room for. */
    private static final int AT_A_TIME = 20;

    private static final int BLOCK = 4096;
    private static final long HEADERS = 0x10000;
    private static final long STATUS = 0x18000;
    private static final long DATA = 0x100000;
    private static final int SECTORS_PER_BLOCK = BLOCK / BlockFile.SECTOR;

    @TempDir
    Path folder;

    private static int slot(int queue, int i) {
        return queue * (AT_A_TIME + 1) + i;
    }

    private static void offer(SoakedDevice device, int queue, int i) {
        int slot = slot(queue, i);
        device.memory.putU32(HEADERS + 16L * slot, 0);
        device.memory.putU64(HEADERS + 16L * slot + 8, (long) slot * SECTORS_PER_BLOCK);
        device.memory.putU8(STATUS + slot, 0xff);
        device.rings.get(queue).setUsedEvent(device.rings.get(queue).usedIndex());
        device.rings
                .get(queue)
                .offer(out(HEADERS + 16L * slot, 16), in(DATA + (long) BLOCK * slot, BLOCK), in(STATUS + slot, 1));
    }

    private static byte[] data(SoakedDevice device, int queue, int i) {
        byte[] bytes = new byte[BLOCK];
        device.memory.read(DATA + (long) BLOCK * slot(queue, i), bytes, 0, BLOCK);
        return bytes;
    }

    private static byte[] block(int slot) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) (slot + 1));
        return bytes;
    }

    /** A guest that loads its driver anew while all queues are busy finds no buffer of the old one written afterwards. */
    @Test
    void readsOnAllQueuesAtOnceAndHasNothingUnderWayAfterAReset() throws Exception {
        Path image = folder.resolve("disk.img");
        byte[] content = new byte[slot(QUEUES, 0) * BLOCK];
        for (int slot = 0; slot < slot(QUEUES, 0); slot++) {
            System.arraycopy(block(slot), 0, content, slot * BLOCK, BLOCK);
        }
        Files.write(image, content);
        byte[] untouched = new byte[BLOCK];
        try (BlockFile disk = BlockFile.open(image, true);
                SoakedDevice device = new SoakedDevice(
                        RemoteDevice.of(DeviceType.BLOCK, "blk data", QUEUES, 256, 60),
                        "block_device.policy",
                        new HandedDevice<>(
                                new BlkModule(), new BlkModule.Parts("data", true, disk.file()).with(QUEUES), null))) {
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < AT_A_TIME; i++) {
                    for (int queue = 0; queue < QUEUES; queue++) {
                        offer(device, queue, i);
                        device.kick(queue);
                    }
                }
                device.reset();
                for (int slot = 0; slot < slot(QUEUES, 0); slot++) {
                    device.memory.write(DATA + (long) BLOCK * slot, untouched, 0, BLOCK);
                }
                for (int queue = 0; queue < QUEUES; queue++) {
                    offer(device, queue, AT_A_TIME);
                    device.kick(queue);
                }
                for (int queue = 0; queue < QUEUES; queue++) {
                    device.awaitUsed(queue);
                    assertThat(data(device, queue, AT_A_TIME)).isEqualTo(block(slot(queue, AT_A_TIME)));
                    for (int i = 0; i < AT_A_TIME; i++) {
                        assertThat(data(device, queue, i)).isEqualTo(untouched);
                    }
                }
            }
        }
    }
}
