package crosvm.vmm.device.blk;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many requests at a time on a real file, by io_uring (where this machine has it) and on threads. */
@Timeout(300)
class DiskIoTest {
    private static final int SECTORS = 2048;
    private static final int AT_A_TIME = 60;
    private static final long HEADERS = 0x10000;
    private static final long STATUS = 0x12000;
    private static final long TABLES = 0x14000;
    private static final long DATA = 0x40000;
    private static final long F_FLUSH = 1 << 9;
    private static final int FLUSH = 4;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private Path image;
    private byte[] expected;
    private QueueBench bench;

    private void open(BlkDevice.Io io, long withoutFeatures) throws IOException, QueueBroken {
        image = folder.resolve("disk.img");
        expected = new byte[SECTORS * 512];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (byte) (i / 512 * 7);
        }
        Files.write(image, expected);
        BlkDevice device = new BlkDevice(BlockFile.open(image, false), "io", 1, io);
        bench = new QueueBench(device, memory, 0x1000, 256, device.features() & ~withoutFeatures);
    }

    @AfterEach
    void closes() {
        bench.close();
        memory.close();
    }

    /** @return whether its descriptors are in a table of their own */
    private void offer(int slot, int type, long sector, boolean indirect) {
        memory.putU32(HEADERS + 16L * slot, type);
        memory.putU64(HEADERS + 16L * slot + 8, sector);
        memory.putU8(STATUS + slot, 0xee);
        long data = DATA + 4096L * slot;
        Buffer[] chain = {
            out(HEADERS + 16L * slot, 16),
            new Buffer(data, 100, type == 0),
            new Buffer(data + 100, 3996, type == 0),
            in(STATUS + slot, 1)
        };
        if (type == FLUSH) {
            chain = new Buffer[] {chain[0], chain[3]};
        }
        if (indirect) {
            bench.driver.offerIndirect(TABLES + 64L * slot, chain);
        } else {
            bench.driver.offer(chain);
        }
    }

    private byte[] data(int slot) {
        byte[] bytes = new byte[4096];
        memory.read(DATA + 4096L * slot, bytes, 0, 4096);
        return bytes;
    }

    private void runAll(int count) throws QueueBroken {
        int used = bench.driver.usedIndex();
        bench.handle();
        bench.awaitUsed(used + count);
        for (int slot = 0; slot < count; slot++) {
            assertThat(memory.u8(STATUS + slot)).as("status of " + slot).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void readsAndWritesManyAtATime(BlkDevice.Io io) throws Exception {
        open(io, 0);
        Random random = new Random(1);
        for (int round = 0; round < 20; round++) {
            boolean read = round % 2 == 0;
            long[] sectors = new long[AT_A_TIME];
            for (int slot = 0; slot < AT_A_TIME; slot++) { // Eight sectors each, none twice in a round.
                sectors[slot] = 8L * (slot + AT_A_TIME * random.nextInt(SECTORS / 8 / AT_A_TIME));
                if (!read) {
                    byte[] bytes = new byte[4096];
                    random.nextBytes(bytes);
                    memory.write(DATA + 4096L * slot, bytes, 0, 4096);
                    System.arraycopy(bytes, 0, expected, (int) sectors[slot] * 512, 4096);
                }
                offer(slot, read ? 0 : 1, sectors[slot], slot % 3 == 0);
            }
            runAll(AT_A_TIME);
            for (int slot = 0; slot < AT_A_TIME && read; slot++) {
                int at = (int) sectors[slot] * 512;
                assertThat(data(slot)).isEqualTo(java.util.Arrays.copyOfRange(expected, at, at + 4096));
            }
        }
        assertThat(Files.readAllBytes(image)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void writesDurablyForADriverThatDoesNotFlush(BlkDevice.Io io) throws Exception {
        open(io, F_FLUSH);
        for (int slot = 0; slot < AT_A_TIME; slot++) {
            offer(slot, 1, 8L * slot, true);
        }
        runAll(AT_A_TIME);
        for (int slot = 0; slot < AT_A_TIME; slot++) {
            assertThat(memory.u8(STATUS + slot)).isZero();
        }
        assertThat(Files.readAllBytes(image)).startsWith(new byte[AT_A_TIME * 4096]);
    }

    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void flushesBesideReads(BlkDevice.Io io) throws Exception {
        open(io, 0);
        for (int slot = 0; slot < AT_A_TIME; slot++) {
            offer(slot, slot % 4 == 0 ? FLUSH : 0, slot % 4 == 0 ? 0 : 8L * slot, true);
        }
        runAll(AT_A_TIME);
    }

    /** A driver that is reset finds neither a buffer written nor a sector changed after it has been told so. */
    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void hasNothingUnderWayOnceItHasStopped(BlkDevice.Io io) throws Exception {
        open(io, 0);
        for (int round = 0; round < 20; round++) {
            int used = bench.driver.usedIndex();
            for (int slot = 0; slot < AT_A_TIME; slot++) {
                offer(slot, slot % 2, 8L * slot, true);
            }
            bench.handle();
            bench.device.queueStopped(0);
            assertThat(bench.driver.usedIndex()).isEqualTo(used + AT_A_TIME & 0xffff);
            for (int slot = 0; slot < AT_A_TIME; slot++) {
                assertThat(memory.u8(STATUS + slot)).isZero();
                memory.write(DATA + 4096L * slot, new byte[4096], 0, 4096);
            }
            byte[] before = Files.readAllBytes(image);
            bench.device.queueStarted(0, bench);
            bench.serveWatches();
            for (int slot = 0; slot < AT_A_TIME; slot++) {
                assertThat(data(slot)).containsOnly(0);
            }
            assertThat(Files.readAllBytes(image)).isEqualTo(before);
        }
    }

    /** What has been moved of a request whose rest cannot be is no success. */
    @ParameterizedTest
    @EnumSource(BlkDevice.Io.class)
    void failsTheRequestsThatReachBehindAnImageThatSomebodyHasTruncated(BlkDevice.Io io) throws Exception {
        open(io, 0);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(5 * 4096 + 1024);
        }
        for (int slot = 0; slot < 10; slot++) {
            offer(slot, 0, 8L * slot, true);
        }
        bench.handle();
        bench.awaitUsed(10);
        for (int slot = 0; slot < 10; slot++) {
            assertThat(memory.u8(STATUS + slot)).as("status of " + slot).isEqualTo(slot < 5 ? 0 : 1);
        }
    }
}
