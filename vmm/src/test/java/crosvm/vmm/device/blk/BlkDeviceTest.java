package crosvm.vmm.device.blk;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.DriverQueue.Buffer;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests of virtio-blk, right and wrong, against a real file. */
class BlkDeviceTest {
    private static final int SECTORS = 256;
    private static final int IN = 0;
    private static final int OUT = 1;
    private static final int FLUSH = 4;
    private static final int GET_ID = 8;
    private static final int DISCARD = 11;
    private static final int WRITE_ZEROES = 13;
    private static final int OK = 0;
    private static final int IOERR = 1;
    private static final int UNSUPPORTED = 2;

    private static final long HEADER = 0x8000;
    private static final long STATUS = 0x9000;
    private static final long DATA = 0x10000;
    private static final long F_RO = 1 << 5;
    private static final long F_FLUSH = 1 << 9;
    private static final long F_DISCARD_ZEROES = 3 << 13;

    @TempDir
    Path folder;

    private final GuestMemory memory = GuestMemory.allocate(2 << 20);
    private Path image;
    private BlkDevice device;
    private QueueBench bench;

    @BeforeEach
    void opensADisk() throws IOException, QueueBroken {
        image = folder.resolve("disk.img");
        byte[] content = new byte[SECTORS * 512];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (1 + i / 512 % 100);
        }
        Files.write(image, content);
        open(false);
    }

    private void open(boolean readOnly) throws QueueBroken {
        device = new BlkDevice(BlockFile.open(image, readOnly), "my-disk");
        bench = new QueueBench(device, memory, 0x1000, 128, device.features());
    }

    @AfterEach
    void closes() {
        bench.close();
        memory.close();
    }

    private void header(int type, long sector) {
        memory.putU32(HEADER, type);
        memory.putU32(HEADER + 4, 0);
        memory.putU64(HEADER + 8, sector);
    }

    /** @return the status */
    private int run(int type, long sector, Buffer... data) throws QueueBroken {
        header(type, sector);
        memory.putU8(STATUS, 0xee);
        Buffer[] all = new Buffer[data.length + 2];
        all[0] = out(HEADER, 16);
        System.arraycopy(data, 0, all, 1, data.length);
        all[all.length - 1] = in(STATUS, 1);
        int used = bench.driver.usedIndex();
        bench.driver.offer(all);
        bench.handle();
        bench.awaitUsed(used + 1);
        return memory.u8(STATUS);
    }

    private int lastLength() {
        return bench.driver.usedLength(bench.driver.usedIndex() - 1 & 0xffff);
    }

    private void fill(long address, int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        memory.write(address, bytes, 0, length);
    }

    private byte[] file(int sector, int count) throws IOException {
        return Arrays.copyOfRange(Files.readAllBytes(image), sector * 512, (sector + count) * 512);
    }

    @Test
    void readsIntoManyPieces() throws QueueBroken {
        assertThat(run(IN, 2, in(DATA, 100), in(DATA + 1000, 924))).isEqualTo(OK);
        assertThat(lastLength()).isEqualTo(1025);
        assertThat(memory.u8(DATA + 99)).isEqualTo(3);
        assertThat(memory.u8(DATA + 1000 + 411)).isEqualTo(3);
        assertThat(memory.u8(DATA + 1000 + 412)).isEqualTo(4);
    }

    @Test
    void writesFromManyPiecesAndTheLastSectorToo() throws QueueBroken, IOException {
        fill(DATA, 1024, 0xbb);
        assertThat(run(OUT, SECTORS - 2, out(DATA, 1), out(DATA + 1, 1023))).isEqualTo(OK);
        assertThat(lastLength()).isEqualTo(1);
        assertThat(file(SECTORS - 2, 2)).containsOnly(0xbb);
        assertThat(Files.size(image)).isEqualTo(SECTORS * 512);
    }

    @Test
    void takesAHeaderInPiecesAndAStatusBehindDataInOne() throws QueueBroken {
        header(IN, 9);
        bench.driver.offer(out(HEADER, 3), out(HEADER + 3, 13), in(DATA, 513));
        bench.handle();
        bench.awaitUsed(1);
        assertThat(memory.u8(DATA)).isEqualTo(10);
        assertThat(memory.u8(DATA + 512)).isEqualTo(OK);
    }

    @Test
    void takesDataAndHeaderInOneDescriptor() throws QueueBroken, IOException {
        header(OUT, 4);
        fill(HEADER + 16, 512, 0x77);
        bench.driver.offer(out(HEADER, 16 + 512), in(STATUS, 1));
        bench.handle();
        bench.awaitUsed(1);
        assertThat(memory.u8(STATUS)).isEqualTo(OK);
        assertThat(file(4, 1)).containsOnly(0x77);
    }

    @Test
    void failsRequestsOutsideTheDisk() throws QueueBroken, IOException {
        byte[] before = Files.readAllBytes(image);
        for (long sector : new long[] {SECTORS, SECTORS - 1, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1L << 55}) {
            assertThat(run(IN, sector, in(DATA, 1024))).isEqualTo(IOERR);
            assertThat(run(OUT, sector, out(DATA, 1024))).isEqualTo(IOERR);
        }
        assertThat(Files.readAllBytes(image)).isEqualTo(before);
    }

    @Test
    void failsRequestsOfBrokenSectors() throws QueueBroken {
        assertThat(run(IN, 0, in(DATA, 511))).isEqualTo(IOERR);
        assertThat(run(OUT, 0, out(DATA, 513))).isEqualTo(IOERR);
    }

    @Test
    void answersItsIdentityPaddedWithZeros() throws QueueBroken {
        fill(DATA, 32, 0xff);
        assertThat(run(GET_ID, 0, in(DATA, 20))).isEqualTo(OK);
        byte[] id = new byte[21];
        memory.read(DATA, id, 0, 21);
        assertThat(new String(id, 0, 20, StandardCharsets.US_ASCII)).isEqualTo("my-disk" + "\0".repeat(13));
        assertThat(id[20]).isEqualTo((byte) 0xff);
        assertThat(run(GET_ID, 0, in(DATA, 2))).isEqualTo(OK);
        assertThat(run(GET_ID, 0)).isEqualTo(OK);
    }

    @Test
    void answersUnsupportedToTypesItDoesNotKnow() throws QueueBroken {
        for (int type : new int[] {2, 3, 5, 10, 14, -1, 0x8000_0000}) {
            assertThat(run(type, 0, in(DATA, 512))).isEqualTo(UNSUPPORTED);
        }
    }

    @Test
    void breaksTheQueueWithoutHeaderOrStatus() {
        for (Buffer[] chain :
                new Buffer[][] {{out(HEADER, 16)}, {in(STATUS, 1)}, {out(HEADER, 15), in(STATUS, 1)}, {out(HEADER, 0)}
                }) {
            bench.driver.offer(chain);
            assertThatExceptionOfType(QueueBroken.class).isThrownBy(bench::handle);
        }
    }

    private int ranges(int type, long... sectorNumberFlags) throws QueueBroken {
        for (int i = 0; i < sectorNumberFlags.length / 3; i++) {
            memory.putU64(DATA + 16L * i, sectorNumberFlags[3 * i]);
            memory.putU32(DATA + 16L * i + 8, (int) sectorNumberFlags[3 * i + 1]);
            memory.putU32(DATA + 16L * i + 12, (int) sectorNumberFlags[3 * i + 2]);
        }
        return run(type, 0, out(DATA, sectorNumberFlags.length / 3 * 16));
    }

    @Test
    void discardsAndGivesTheSpaceBack() throws QueueBroken, IOException {
        assertThat(ranges(DISCARD, 8, 16, 0, 40, 8, 0)).isEqualTo(OK);
        assertThat(file(8, 16)).containsOnly(0);
        assertThat(file(40, 8)).containsOnly(0);
        assertThat(file(24, 1)).containsOnly(25);
        assertThat(Files.size(image)).isEqualTo(SECTORS * 512);
    }

    @Test
    void writesZeroes() throws QueueBroken, IOException {
        assertThat(ranges(WRITE_ZEROES, 3, 5, 0)).isEqualTo(OK);
        assertThat(ranges(WRITE_ZEROES, 100, 156, 1)).isEqualTo(OK);
        assertThat(ranges(WRITE_ZEROES, 100, 0, 0)).isEqualTo(OK);
        assertThat(file(3, 5)).containsOnly(0);
        assertThat(file(2, 1)).containsOnly(3);
        assertThat(file(8, 1)).containsOnly(9);
        assertThat(file(100, 156)).containsOnly(0);
        assertThat(Files.size(image)).isEqualTo(SECTORS * 512);
    }

    @Test
    void failsRangesThatCannotBe() throws QueueBroken, IOException {
        byte[] before = Files.readAllBytes(image);
        for (int type : new int[] {DISCARD, WRITE_ZEROES}) {
            assertThat(ranges(type, SECTORS, 1, 0)).isEqualTo(IOERR);
            assertThat(ranges(type, -1, 1, 0)).isEqualTo(IOERR);
            assertThat(ranges(type, 0, 0xffff_ffffL, 0)).isEqualTo(IOERR);
            assertThat(ranges(type, 1, 1, 0, SECTORS - 1, 2, 0)).isEqualTo(IOERR);
            assertThat(ranges(type, 0, 1, 2)).isEqualTo(UNSUPPORTED);
            assertThat(ranges(type)).isEqualTo(IOERR);
            assertThat(run(type, 0, out(DATA, 17))).isEqualTo(IOERR);
            assertThat(run(type, 0, out(DATA, 33 * 16))).isEqualTo(IOERR);
        }
        assertThat(ranges(DISCARD, 0, 1, 1)).isEqualTo(UNSUPPORTED);
        assertThat(Files.readAllBytes(image)).isEqualTo(before);
    }

    @Test
    void writesNothingToAReadOnlyDisk() throws QueueBroken, IOException {
        byte[] before = Files.readAllBytes(image);
        bench.close();
        open(true);
        assertThat(device.features() & F_RO).isEqualTo(F_RO);
        assertThat(device.features() & F_DISCARD_ZEROES).isZero();
        assertThat(run(OUT, 0, out(DATA, 512))).isEqualTo(IOERR);
        assertThat(ranges(DISCARD, 0, 8, 0)).isEqualTo(IOERR);
        assertThat(ranges(WRITE_ZEROES, 0, 8, 0)).isEqualTo(IOERR);
        assertThat(run(FLUSH, 0)).isEqualTo(OK);
        assertThat(run(IN, 0, in(DATA, 512))).isEqualTo(OK);
        assertThat(Files.readAllBytes(image)).isEqualTo(before);
    }

    @Test
    void failsReadsOfAnImageThatSomebodyHasTruncated() throws QueueBroken, IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(1024);
        }
        assertThat(run(IN, 1, in(DATA, 512))).isEqualTo(OK);
        assertThat(run(IN, 1, in(DATA, 1024))).isEqualTo(IOERR);
        assertThat(lastLength()).isEqualTo(1);
    }

    @Test
    void tellsSizeAndLimits() {
        assertThat(device.readConfig(0, 8)).isEqualTo(SECTORS);
        assertThat(device.readConfig(0, 4)).isEqualTo(SECTORS);
        assertThat(device.readConfig(12, 4)).isEqualTo(254);
        assertThat(device.readConfig(20, 4)).isEqualTo(512);
        assertThat(device.readConfig(34, 2)).isEqualTo(1);
        assertThat(device.readConfig(36, 4)).isEqualTo(BlkRequest.MAX_DISCARD_SECTORS);
        assertThat(device.readConfig(52, 4)).isEqualTo(BlkRequest.MAX_SEGMENTS);
        assertThat(device.features() & (F_FLUSH | F_DISCARD_ZEROES)).isEqualTo(F_FLUSH | F_DISCARD_ZEROES);
    }

    @Test
    void announcesANewSize() throws QueueBroken, IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(2 * SECTORS * 512);
        }
        device.refresh();
        assertThat(bench.told).containsExactly("configChanged");
        assertThat(device.readConfig(0, 8)).isEqualTo(2 * SECTORS);
        assertThat(run(IN, SECTORS, in(DATA, 512))).isEqualTo(OK);
    }

    @Test
    void movesAMegabyteInOneRequest() throws QueueBroken {
        Buffer[] pieces = new Buffer[32];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = in(DATA + 8192L * (31 - i), 4096);
        }
        assertThat(run(IN, 0, pieces)).isEqualTo(OK);
        assertThat(lastLength()).isEqualTo(131073);
        for (int i = 0; i < pieces.length; i++) {
            assertThat(memory.u8(DATA + 8192L * (31 - i))).isEqualTo(1 + i * 8 % 100);
        }
    }
}
