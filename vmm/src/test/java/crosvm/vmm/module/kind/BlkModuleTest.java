package crosvm.vmm.module.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.virtio.VirtioBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A raw image that its machine writes to, and the size that the spec says. */
class BlkModuleTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    private Path image;
    private byte[] content;

    @BeforeEach
    void makesAnImage() throws IOException {
        content = new byte[2 * MIB];
        Arrays.fill(content, (byte) 7);
        image = Files.write(folder.resolve("disk.img"), content);
    }

    private DiskSpec disk(@Nullable MemorySize size) {
        return new DiskSpec("data", image, null, false, false, DiskFormat.RAW, DiskWrites.KEEP, size, null);
    }

    /** The sectors that the guest is to see. */
    private long opened(@Nullable MemorySize size) {
        BlkModule module = new BlkModule();
        BlkModule.Parts parts = module.open(disk(size));
        assertThat(FileType.sizeOf(parts.image())).isEqualTo(image.toFile().length());
        try (VirtioBackend device = module.make(parts)) {
            return device.readConfig(0, Long.BYTES);
        }
    }

    @Test
    void growsAnImageToTheSizeThatTheSpecSaysAndKeepsWhatIsInIt() throws IOException {
        assertThat(opened(MemorySize.ofMib(5))).isEqualTo(5 * MIB / BlockFile.SECTOR);
        byte[] grown = Files.readAllBytes(image);
        assertThat(grown).hasSize(5 * MIB).startsWith(content);
        assertThat(Arrays.copyOfRange(grown, content.length, grown.length)).containsOnly(0);
        assertThat(opened(MemorySize.ofMib(5))).as("again").isEqualTo(5 * MIB / BlockFile.SECTOR);
    }

    @Test
    void leavesAnImageOfThatSizeOrWithoutASizeInTheSpecAsItIs() throws IOException {
        assertThat(opened(MemorySize.ofMib(2))).isEqualTo(2 * MIB / BlockFile.SECTOR);
        assertThat(opened(null)).isEqualTo(2 * MIB / BlockFile.SECTOR);
        assertThat(image).hasBinaryContent(content);
    }

    @Test
    void hasAQueueForEachVcpuUpToFour() {
        BlkModule module = new BlkModule();
        assertThat(module.queues(disk(null), 1)).containsExactly("requestq");
        assertThat(module.queues(disk(null), 2)).containsExactly("requestq1", "requestq2");
        assertThat(module.queues(disk(null), 255)).hasSize(4);
        DiskSpec served = new DiskSpec("a", image, null, true, false, DiskFormat.QCOW2, null, null, null);
        assertThat(module.queues(served, 4)).as("of qemu-storage-daemon").containsExactly("requestq");
    }

    @Test
    void neverMakesAnImageSmallerAndLetsGoOfIt() {
        assertThatThrownBy(() -> opened(MemorySize.ofMib(1)))
                .isInstanceOf(VmmException.class)
                .hasMessageStartingWith(image + ": has 2MiB, which is more than size says (1MiB)");
        assertThat(image).hasBinaryContent(content);
        BlockFile.open(image, false).close(); // Not locked any more.
    }

    @Test
    void saysThatAnImageCannotGrowAndLetsGoOfIt() {
        assertThatThrownBy(() -> opened(new MemorySize(Long.MAX_VALUE / BlockFile.SECTOR * BlockFile.SECTOR)))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining(image + ": cannot grow to")
                .hasMessageContaining("EFBIG");
        assertThat(image).hasBinaryContent(content);
        BlockFile.open(image, false).close();
    }
}
