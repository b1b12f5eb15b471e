package crosvm.vmm.virtio.pci;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.queue.DriverQueue;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the kick to the call, a worker allocates nothing on the Java heap. */
@Timeout(120)
class HotPathTest {
    private static final int REQUESTS = 5_000;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);

    @Test
    void readsFromADiskWithoutAllocating() throws IOException {
        Path image = Files.write(folder.resolve("disk.img"), new byte[64 << 10]);
        memory.putU32(0x8000, 0);
        assertThat(bytesPerRequest(new BlkDevice(BlockFile.open(image, true), "hot"), 0x4000, i -> {
                    memory.putU64(0x8008, i % 100);
                    ring.offer(out(0x8000, 16), in(0xa000, 512), in(0x9000, 1));
                }))
                .isLessThan(1);
    }

    /** By io_uring, where this machine has it, and on threads. */
    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void readsManyAtATimeFromADiskWithoutAllocating(BlkDevice.Io io) throws IOException {
        Path image = Files.write(folder.resolve("disk.img"), new byte[64 << 10]);
        memory.putU32(0x8000, 0);
        atATime = 16;
        assertThat(bytesPerRequest(new BlkDevice(BlockFile.open(image, true), "hot", 1, io), 0x4000, i -> {
                    memory.putU64(0x8008, i % 100);
                    for (int request = 0; request < atATime; request++) {
                        ring.offer(out(0x8000, 16), in(0xa000 + 512L * request, 512), in(0x9000 + request, 1));
                    }
                }))
                .isLessThan(1);
    }

    /** Each queue has a worker of its own. */
    @Test
    void readsFromADiskOnSeveralQueuesWithoutAllocating() throws IOException {
        Path image = Files.write(folder.resolve("disk.img"), new byte[64 << 10]);
        BlkDevice device = new BlkDevice(BlockFile.open(image, true), "hot", 4, BlkDevice.Io.RING);
        memory.putU32(0x8000, 0);
        try (PciDriver driver = new PciDriver(memory, new ThreadBackend(device))) {
            driver.negotiate(driver.offered());
            DriverQueue[] rings = new DriverQueue[4];
            for (int queue = 0; queue < rings.length; queue++) {
                rings[queue] = new DriverQueue(memory, 0x10000 + 0x1000L * queue, 64);
                driver.enableQueue(queue, rings[queue]);
            }
            driver.driverOk();
            Runnable round = () -> {
                for (int i = 0; i < REQUESTS; i++) {
                    for (int queue = 0; queue < rings.length; queue++) {
                        long data = 0xa000 + 512L * queue;
                        rings[queue].offer(out(0x8000, 16), in(data, 512), in(0x9000 + queue, 1));
                        driver.notifyQueue(queue);
                    }
                    Arrays.stream(rings).forEach(DriverQueue::awaitUsed);
                }
            };
            round.run();
            long[] workers = workers(device.name());
            assertThat(workers)
                    .as("a worker each, and one for what no ring does")
                    .hasSizeGreaterThan(rings.length);
            long before = allocated(workers);
            round.run();
            assertThat((allocated(workers) - before) / (4.0 * REQUESTS)).isLessThan(1);
        }
    }

    @Test
    void givesRandomBytesWithoutAllocating() {
        assertThat(bytesPerRequest(new RngDevice(), 0x1000, i -> ring.offer(in(0xa000, 64))))
                .isLessThan(1);
    }

    private DriverQueue ring;
    private int atATime = 1;

    private double bytesPerRequest(VirtioDevice device, long ringAt, LongConsumer offer) {
        try (PciDriver driver = new PciDriver(memory, new ThreadBackend(device))) {
            ring = new DriverQueue(memory, ringAt, 64);
            driver.negotiate(driver.offered());
            driver.enableQueue(0, ring);
            driver.driverOk();
            run(driver, offer);
            long[] workers = workers(device.name());
            long before = allocated(workers);
            run(driver, offer);
            return (allocated(workers) - before) / (double) REQUESTS;
        }
    }

    private void run(PciDriver driver, LongConsumer offer) {
        for (int i = 0; i < REQUESTS; i++) {
            offer.accept(i);
            driver.notifyQueue(0);
            for (int request = 0; request < atATime; request++) {
                ring.awaitUsed();
            }
        }
    }

    private static long allocated(long[] workers) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(workers)).sum();
    }

    /** The queue's worker and the device's own threads. */
    private static long[] workers(String name) {
        long[] ids = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(name))
                .mapToLong(Thread::getId)
                .toArray();
        assertThat(ids).isNotEmpty();
        return ids;
    }
}
