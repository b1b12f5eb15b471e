package crosvm.vmm.device.blk;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.linux.DirectIo;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An image past the page cache: whatever a guest asks, in whatever memory, is what it would be in it. */
@Timeout(300)
class DirectDiskTest {
    /** A size that ends within a block of 4096. */
    private static final int SECTORS = 2043;

    private static final int AT_A_TIME = 30;
    private static final long HEADERS = 0x10000;
    private static final long STATUS = 0x12000;
    private static final long TABLES = 0x20000;
    private static final int TABLE = 0x1000;

    /** For each request, so that those next to each other share blocks. */
    private static final int ITS_SECTORS = SECTORS / AT_A_TIME;

    private static final long DATA = 0x80000;
    private static final int ITS_DATA = 0x10000;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(4 << 20);
    private final byte[] expected = new byte[SECTORS * 512];
    private Path image;
    private Fd file;
    private DirectIo says;

    private DirectImage direct(int memoryAlignment, int block) throws IOException {
        new Random(7).nextBytes(expected);
        image = Files.write(folder.resolve("disk.img"), expected);
        file = Fd.open(image.toString(), Fd.O_RDWR);
        try {
            Fd again = DirectIo.open(file);
            says = DirectIo.of(again);
            return new DirectImage(
                    again, new DirectIo(Math.max(memoryAlignment, says.memory()), Math.max(block, says.block())));
        } catch (ErrnoException e) {
            assumeTrue(false, "the file system of this machine's temporary files has no direct I/O");
            throw e;
        }
    }

    @AfterEach
    void closes() {
        memory.close();
    }

    /** In pieces that begin and end where they like, with a byte between. */
    private List<Buffer> pieces(Random random, int slot, int bytes, boolean writable) {
        List<Buffer> pieces = new ArrayList<>();
        boolean aligned = random.nextBoolean();
        long at = DATA + (long) ITS_DATA * slot + (aligned ? 0 : random.nextInt(600));
        int left = bytes;
        while (left > 0) {
            int length = aligned || pieces.size() == 9 ? left : 1 + random.nextInt(left);
            pieces.add(new Buffer(at, length, writable));
            at += length + 1;
            left -= length;
        }
        return pieces;
    }

    @ParameterizedTest(name = "{0}, memory {1}, block {2}")
    @CsvSource({"RING, 1, 1", "RING, 512, 4096", "THREADS, 1, 1", "THREADS, 4096, 4096"})
    void readsAndWritesWhatTheGuestAsksForInAnyMemory(BlkDevice.Io io, int memoryAlignment, int block)
            throws Exception {
        DirectImage direct = direct(memoryAlignment, block);
        BlkDevice device = new BlkDevice(BlockFile.with(file, direct, false), "direct", 1, io);
        try (QueueBench bench = new QueueBench(device, memory, 0x1000, 256, device.features())) {
            Random random = new Random(11);
            for (int round = 0; round < 12; round++) {
                boolean reads = round % 2 == 0;
                List<Asked> asked = new ArrayList<>();
                for (int slot = 0; slot < AT_A_TIME; slot++) {
                    asked.add(ask(bench, random, slot, reads));
                }
                int used = bench.driver.usedIndex();
                bench.handle();
                bench.awaitUsed(used + AT_A_TIME);
                for (int slot = 0; slot < AT_A_TIME; slot++) {
                    assertThat(memory.u8(STATUS + slot)).as("status of " + slot).isZero();
                    if (reads) {
                        asked.get(slot).check();
                    }
                }
            }
        }
        assertThat(Files.readAllBytes(image)).isEqualTo(expected);
    }

    /** What a request is to have read. */
    private record Asked(GuestMemory memory, List<Buffer> pieces, byte[] wanted) {
        void check() {
            byte[] got = new byte[wanted.length];
            int at = 0;
            for (Buffer piece : pieces) {
                memory.read(piece.address(), got, at, piece.length());
                at += piece.length();
            }
            assertThat(got).isEqualTo(wanted);
        }
    }

    private Asked ask(QueueBench bench, Random random, int slot, boolean reads) {
        int first = random.nextInt(ITS_SECTORS);
        int sector = ITS_SECTORS * slot + (random.nextBoolean() ? first : 0);
        int end = slot == AT_A_TIME - 1 ? SECTORS : ITS_SECTORS * (slot + 1);
        int count = random.nextBoolean() ? end - sector : 1 + random.nextInt(end - sector);
        List<Buffer> pieces = pieces(random, slot, count * 512, reads);
        memory.putU32(HEADERS + 16L * slot, reads ? 0 : 1);
        memory.putU64(HEADERS + 16L * slot + 8, sector);
        memory.putU8(STATUS + slot, 0xee);
        for (Buffer piece : pieces) {
            byte[] bytes = new byte[piece.length()];
            if (!reads) {
                random.nextBytes(bytes);
            }
            memory.write(piece.address(), bytes, 0, bytes.length);
        }
        List<Buffer> chain = new ArrayList<>(List.of(out(HEADERS + 16L * slot, 16)));
        chain.addAll(pieces);
        chain.add(in(STATUS + slot, 1));
        bench.driver.offerIndirect(TABLES + (long) TABLE * slot, chain.toArray(Buffer[]::new));
        int at = sector * 512;
        for (Buffer piece : reads ? List.<Buffer>of() : pieces) {
            memory.read(piece.address(), expected, at, piece.length());
            at += piece.length();
        }
        return new Asked(memory, pieces, Arrays.copyOfRange(expected, sector * 512, (sector + count) * 512));
    }

    @Test
    void goesThroughThePageCacheOnlyWithLessThanABlock() throws Exception {
        DirectImage direct = direct(512, 4096);
        try (BlockFile disk = BlockFile.with(file, direct, false)) {
            IoVectors vectors = new IoVectors(2);
            long at = memory.hostAddress(0x4000, 0x4000);
            vectors.add(at, 8192);
            assertThat(disk.straight(vectors, 4096)).as("blocks").isSameAs(direct.file());
            assertThat(disk.straight(vectors, 512)).as("a place within a block").isSameAs(file);
            vectors.clear();
            vectors.add(at + 8, 4096);
            assertThat(disk.straight(vectors, 4096))
                    .as("memory that needs a copy")
                    .isNull();
            vectors.clear();
            vectors.add(at, 1000);
            vectors.add(at + 1024, 3096);
            assertThat(disk.straight(vectors, 4096))
                    .as("pieces that need a copy")
                    .isNull();
            vectors.clear();
            vectors.add(at, 512);
            assertThat(disk.straight(vectors, 0)).as("less than a block").isSameAs(file);
        }
    }

    /** Whatever it has said of itself: the kernel has the last word. */
    @Test
    void goesThroughThePageCacheWhereTheKernelRefusesDirectIo() throws Exception {
        DirectImage direct = direct(1, 1);
        assumeTrue(says.block() > 1, "this file system takes any direct I/O");
        try (BlockFile disk = BlockFile.with(file, new DirectImage(direct.file(), new DirectIo(1, 1)), false)) {
            IoVectors vectors = new IoVectors(1);
            vectors.add(memory.hostAddress(0x4001, 100), 100);
            assertThat(disk.straight(vectors, 300)).isSameAs(direct.file());
            assertThat(disk.read(vectors, 300)).isEqualTo(100);
            byte[] got = new byte[100];
            memory.read(0x4001, got, 0, 100);
            assertThat(got).isEqualTo(Arrays.copyOfRange(expected, 300, 400));
            memory.write(0x4001, new byte[100], 0, 100);
            assertThat(disk.write(vectors, 300)).isEqualTo(100);
        }
        assertThat(Arrays.copyOfRange(Files.readAllBytes(image), 300, 400)).containsOnly(0);
    }

    @Test
    void writesZeroesOntoABlockAndOnLess() throws Exception {
        DirectImage direct = direct(512, 4096);
        BlkDevice device = new BlkDevice(BlockFile.with(file, direct, false), "zeroes", 1, BlkDevice.Io.THREADS);
        try (QueueBench bench = new QueueBench(device, memory, 0x1000, 64, device.features())) {
            int[][] ranges = {{0, 1}, {8, 16}, {100, 333}, {SECTORS - 3, 3}};
            for (int[] range : ranges) {
                memory.putU32(HEADERS, 13);
                memory.putU64(HEADERS + 16, range[0]);
                memory.putU32(HEADERS + 24, range[1]);
                memory.putU32(HEADERS + 28, 0);
                int used = bench.driver.usedIndex();
                bench.driver.offer(out(HEADERS, 32), in(STATUS, 1));
                bench.handle();
                bench.awaitUsed(used + 1);
                assertThat(memory.u8(STATUS)).isZero();
                Arrays.fill(expected, range[0] * 512, (range[0] + range[1]) * 512, (byte) 0);
            }
        }
        assertThat(Files.readAllBytes(image)).isEqualTo(expected);
    }
}
