package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * qcow2 images that are made to be evil, of the kinds that QEMU's image fuzzer and its iotests make, as far as our own look at the
 * header lets them pass ({@link DiskFilesTest} has the others): qemu-storage-daemon in its jail gets them. Whatever it makes of
 * them, there is data or one error that names the image, and nothing is left behind.
 */
@Timeout(600)
class EvilQcow2JailIT {
    private static final int CLUSTER = 1 << 16;
    private static final long SIZE = 64L << 20;
    private static final long COPIED = 1L << 63;
    private static final long COMPRESSED = 1L << 62;
    private static final int REFCOUNTS = CLUSTER;
    private static final int BLOCK = 2 * CLUSTER;
    private static final int L1 = 3 * CLUSTER;
    private static final int L2 = 4 * CLUSTER;
    private static final int DATA = 5 * CLUSTER;
    private static final int EXTENSIONS = 104;
    private static final int FEATURES = 72;

    @TempDir
    Path folder;

    private Path image = Path.of("");

    @BeforeEach
    void needsTheDaemon() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/qemu-storage-daemon")), "no qemu-storage-daemon");
        image = folder.resolve("evil.qcow2");
    }

    /** A sound image: its first cluster is there and says so, and the others are zeros. */
    private ByteBuffer sound() throws IOException {
        Path made = Files.createFile(folder.resolve("sound.qcow2"));
        try (Fd open = Fd.open(made.toString(), Fd.O_RDWR)) {
            Qcow2File.create(open, SIZE);
        }
        ByteBuffer bytes = ByteBuffer.allocate(6 * CLUSTER).put(Files.readAllBytes(made));
        Files.delete(made);
        bytes.putLong(L1, L2 | COPIED).putLong(L2, DATA | COPIED);
        bytes.putShort(BLOCK + 8, (short) 1).putShort(BLOCK + 10, (short) 1);
        return bytes.put(DATA, "sound".getBytes()).clear();
    }

    /** What is done to the image, with its name. */
    record Deed(String name, Consumer<ByteBuffer> to) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Deed> deeds() {
        return Stream.of(
                new Deed("an L1 entry that leads to the L1 table", b -> b.putLong(L1, L1 | COPIED)),
                new Deed("an L1 entry that leads into a cluster", b -> b.putLong(L1, L2 + 512 | COPIED)),
                new Deed("an L1 entry far behind the file's end", b -> b.putLong(L1, 0x00ff_ffff_ffff_0000L)),
                new Deed("an L2 table that leads to itself and the header", b -> {
                    b.putLong(L2, L2 | COPIED);
                    b.putLong(L2 + 8, COPIED);
                }),
                new Deed("data far behind the file's end", b -> b.putLong(L2, 0x00ff_ffff_ffff_0000L | COPIED)),
                new Deed("compressed data without an end", b -> b.putLong(L2, COMPRESSED | 0x3fff_ffff_ffff_fe00L)),
                new Deed("compressed data that is none", b -> b.putLong(L2, COMPRESSED | 1L << 54 | DATA)),
                new Deed("an L1 table too small for the size", b -> b.putLong(24, 1L << 40)),
                new Deed("a size of 2^62", b -> b.putLong(24, 1L << 62)),
                new Deed("no refcount table", b -> b.putLong(48, 0)),
                new Deed("a refcount table in the L1 table's place", b -> b.putLong(48, L1)),
                new Deed("a refcount block that is the table", b -> b.putLong(REFCOUNTS, REFCOUNTS)),
                new Deed("refcounts of 2^255 bits", b -> b.putInt(96, 255)),
                new Deed("a header of 4 GiB", b -> b.putInt(100, -1)),
                new Deed(
                        "a header extension without an end",
                        b -> b.putInt(EXTENSIONS, 0x12345678).putInt(EXTENSIONS + 4, -8)),
                new Deed(
                        "a bitmap folder of 2^60 bytes",
                        b -> b.putLong(88, 1)
                                .putInt(EXTENSIONS, 0x23852875)
                                .putInt(EXTENSIONS + 4, 24)
                                .putInt(EXTENSIONS + 8, -1)
                                .putLong(EXTENSIONS + 16, 1L << 60)
                                .putLong(EXTENSIONS + 24, DATA)),
                new Deed("features that nobody knows", b -> b.putLong(FEATURES, 1L << 60)),
                new Deed("extended L2 entries that are none", b -> b.putLong(FEATURES, 1L << 4)),
                new Deed(
                        "an unknown compression",
                        b -> b.putLong(FEATURES, 1L << 3).put(104, (byte) 77)));
    }

    private static Set<Long> children() {
        Set<Long> all = new HashSet<>();
        ProcessHandle.current().descendants().forEach(process -> all.add(process.pid()));
        return all;
    }

    /** Reads the disk here and there. */
    private String read(byte[] bytes) throws Exception {
        Files.write(image, bytes);
        Set<Long> before = children();
        String outcome;
        DiskSpec disk = new DiskSpec("disk0", image, null, true, false, DiskFormat.QCOW2, null, null, null);
        try (DiskContent content = DiskContent.open(disk)) {
            ByteBuffer first = content.read(0, 8);
            content.read(CLUSTER, 8);
            content.read(content.size() - 512, 512);
            outcome = "data " + new String(first.array(), 0, 5);
        } catch (VmmException e) {
            outcome = "error " + e.getMessage();
        }
        for (long child : children()) {
            if (!before.contains(child)) {
                ProcessHandle.of(child)
                        .ifPresent(left ->
                                left.onExit().orTimeout(60, TimeUnit.SECONDS).join());
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(image);
        }
        assertThat(image).hasBinaryContent(bytes);
        assertThat(outcome).matches("data .*|(?s)error " + image + ": [^\n]+");
        return outcome;
    }

    @Test
    void readsTheSoundOneThatTheOthersAreMadeOf() throws Exception {
        assertThat(read(sound().array())).isEqualTo("data sound");
    }

    @ParameterizedTest
    @MethodSource("deeds")
    void tellsOneErrorOrFindsData(Deed deed) throws Exception {
        ByteBuffer bytes = sound();
        deed.to().accept(bytes);
        assertThat(read(bytes.array())).doesNotContain("its messages are in the log");
    }

    @Test
    void livesWithWhatChanceMakesOfIt() throws Exception {
        Random random = new Random(20261127);
        // What lies behind the header; that is DiskFilesTest's.
        int[] places = {EXTENSIONS, REFCOUNTS, BLOCK, L1, L2};
        for (int i = 0; i < 6; i++) {
            ByteBuffer bytes = sound();
            for (int flips = 0; flips < 12; flips++) {
                bytes.put(places[random.nextInt(places.length)] + random.nextInt(16), (byte) random.nextInt());
            }
            read(bytes.array());
        }
    }
}
