package crosvm.vmm.device.rng;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RngDeviceTest {
    private static final long DATA = 0x10000;

    @Test
    void fillsTheWritableBytesAndNoOthers() throws QueueBroken {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                QueueBench bench = new QueueBench(new RngDevice(), memory, 0x1000, 16, 0)) {
            bench.driver.offer(out(DATA, 64), in(DATA + 64, 64), in(DATA + 256, 64));
            bench.handle();
            assertThat(bench.driver.usedLength(0)).isEqualTo(128);
            byte[] bytes = new byte[384];
            memory.read(DATA, bytes, 0, bytes.length);
            assertThat(Arrays.copyOfRange(bytes, 0, 64)).containsOnly(0);
            assertThat(Arrays.copyOfRange(bytes, 128, 256)).containsOnly(0);
            assertThat(Arrays.copyOfRange(bytes, 320, 384)).containsOnly(0);
            assertThat(distinct(bytes, 64) + distinct(bytes, 256)).isGreaterThan(60);
        }
    }

    @Test
    void givesABoundedPieceOfAHugeBuffer() throws QueueBroken {
        try (GuestMemory memory = GuestMemory.allocate(4 << 20);
                QueueBench bench = new QueueBench(new RngDevice(), memory, 0x1000, 16, 0)) {
            bench.driver.offer(in(DATA, 1 << 20), in(DATA + (1 << 20), 1 << 20));
            bench.handle();
            assertThat(bench.driver.usedLength(0)).isEqualTo(RngDevice.MAX_BYTES);
            byte[] rest = new byte[4096];
            memory.read(DATA + RngDevice.MAX_BYTES, rest, 0, rest.length);
            assertThat(rest).containsOnly(0);
        }
    }

    @Test
    void givesBackWhatItCannotFill() throws QueueBroken {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                QueueBench bench = new QueueBench(new RngDevice(), memory, 0x1000, 16, 0)) {
            bench.driver.offer(out(DATA, 64));
            bench.handle();
            assertThat(bench.driver.usedIndex()).isEqualTo(1);
            assertThat(bench.driver.usedLength(0)).isZero();
        }
    }

    private static long distinct(byte[] bytes, int from) {
        boolean[] seen = new boolean[256];
        int count = 0;
        for (int i = from; i < from + 64; i++) {
            count += seen[bytes[i] & 0xff] ? 0 : 1;
            seen[bytes[i] & 0xff] = true;
        }
        return count;
    }
}
