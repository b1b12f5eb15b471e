package crosvm.vmm.device.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class BlockFileTest {
    @TempDir
    Path folder;

    private Path image(String name, long size) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    private static void assertRefused(Path path, boolean readOnly, String... says) {
        assertThatExceptionOfType(VmmException.class)
                .isThrownBy(() -> BlockFile.open(path, readOnly))
                .withMessageContainingAll(says)
                .withMessageContaining(path.toString());
    }

    @Test
    void opensAnImageOfWholeSectors() throws IOException {
        try (BlockFile disk = BlockFile.open(image("a.img", 5 << 20), false)) {
            assertThat(disk.size()).isEqualTo(5 << 20);
            assertThat(disk.sectors()).isEqualTo(10240);
        }
    }

    @Test
    void refusesWhatIsNoDisk() throws IOException, InterruptedException {
        assertRefused(folder, true, "directory");
        assertRefused(folder, false, "directory");
        assertRefused(folder.resolve("missing"), true, "ENOENT", "path");
        assertRefused(image("odd.img", 1000), true, "1000 bytes", "multiple of 512", "truncate");
        assertRefused(image("empty.img", 0), true, "empty", "truncate");
        assertRefused(Path.of("/dev/null"), true, "neither a file nor a block device");
        Path pipe = folder.resolve("pipe");
        assumeThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertRefused(pipe, true, "neither a file nor a block device");
    }

    @ParameterizedTest
    @CsvSource({
        "514649fb00000003, a qcow2 image, state format: qcow2",
        "4b444d5601000000, a VMDK image, state format: vmdk",
        "7668647866696c65, a VHDX image, state format: vhdx",
        "1f8b080000000000, compressed with gzip, gunzip -c",
        "fd377a585a000004, compressed with xz, unxz -c",
        "28b52ffd04000000, compressed with zstd, unzstd -c"
    })
    void attachesAnImageThatLooksLikeAnotherFormatAsRawAndWarns(String magic, String what, String unpack)
            throws IOException {
        Path path = image("disk.img", 4096);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(HexFormat.of().parseHex(magic));
        }
        try (BlockFile disk = BlockFile.open(path, true)) {
            assertThat(disk.size()).isEqualTo(4096);
        }
        assertThat(ImageFormat.of(path).warning(path.toString()))
                .contains(what, unpack, "If a guest may have written it, leave it raw");
    }

    @Test
    void knowsAVdiImageWhoseMagicIsFurtherIn() throws IOException {
        Path path = image("disk.img", 4096);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(0x40);
            file.writeInt(0x7f10dabe);
        }
        assertThat(ImageFormat.of(path)).isEqualTo(ImageFormat.VDI);
    }

    @Test
    void saysWhatToDoAboutAFileThatMayNotBeWritten() throws IOException {
        Path path = image("ro.img", 4096);
        assertThat(path.toFile().setWritable(false)).isTrue();
        if (Files.isWritable(path)) { // root, whom no mode stops
            BlockFile.open(path, false).close();
            return;
        }
        assertRefused(path, false, "EACCES", "readOnly: true");
    }

    @Test
    void locksAWritableImageForOneAlone() throws IOException {
        Path path = image("a.img", 4096);
        try (BlockFile first = BlockFile.open(path, false)) {
            assertThat(first.readOnly()).isFalse();
            assertRefused(path, false, "in use", "readOnly");
            assertRefused(path, true, "in use", "writing");
        }
        BlockFile.open(path, false).close();
    }

    @Test
    void sharesAReadOnlyImageWithReadersOnly() throws IOException {
        Path path = image("a.img", 4096);
        try (BlockFile first = BlockFile.open(path, true);
                BlockFile second = BlockFile.open(path, true)) {
            assertThat(first.size()).isEqualTo(second.size());
            assertRefused(path, false, "in use");
        }
    }

    @Test
    void leavesNoLockBehindWhenItRefusesForAnotherReason() throws IOException {
        Path path = image("odd.img", 1000);
        assertRefused(path, false, "multiple");
        image("odd.img", 1024);
        BlockFile.open(path, false).close();
    }

    @Test
    void seesANewSize() throws IOException {
        Path path = image("a.img", 4096);
        try (BlockFile disk = BlockFile.open(path, false)) {
            image("a.img", 8192);
            assertThat(disk.measure()).isEqualTo(8192);
            assertThat(disk.sectors()).isEqualTo(16);
        }
    }
}
