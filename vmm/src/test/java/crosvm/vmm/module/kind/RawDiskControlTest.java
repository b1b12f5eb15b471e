package crosvm.vmm.module.kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.control.ControlException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that a machine has open and locked. */
class RawDiskControlTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;

    private Path image;
    private final List<Long> seen = new ArrayList<>();
    private final List<Long> limits = new ArrayList<>();

    @BeforeEach
    void makesAnImageWithAHole() throws IOException {
        image = folder.resolve("disk.img");
        setLength(4 * MIB);
    }

    private void setLength(long bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    private DiskControl control(boolean readOnly) {
        return new RawDiskControl(
                new DiskSpec("data", image, null, readOnly, false),
                limits::add,
                () -> seen.add(image.toFile().length()),
                () -> false);
    }

    private long space() {
        try (Fd file = Fd.open(image.toString(), Fd.O_RDONLY)) {
            return FileType.spaceOf(file);
        }
    }

    @Test
    void growsAnImageThatTheMachineHasLockedAndTellsTheDevice() {
        try (BlockFile held = BlockFile.open(image, false)) {
            assertThat(control(false).resize(9 * MIB)).isEqualTo(4 * MIB);
            assertThat(held.measure()).isEqualTo(9 * MIB);
        }
        assertThat(seen).containsExactly(9L * MIB);
        assertThat(control(false).size()).isEqualTo(9 * MIB);
        assertThat(space()).as("bytes taken by an image that was one hole").isLessThan(MIB);
    }

    @Test
    void growsAnImageWithoutHolesByRealSpace() throws IOException {
        Files.write(image, new byte[2 * MIB]);
        control(false).resize(3 * MIB);
        assertThat(space()).isGreaterThanOrEqualTo(3 * MIB);
        assertThat(image).hasSize(3 * MIB);
    }

    @Test
    void shrinksAnImage() {
        control(false).resize(MIB);
        assertThat(image).hasSize(MIB);
        assertThat(seen).containsExactly((long) MIB);
        assertThat(limits).as("its process is kept to that").containsExactly((long) MIB);
    }

    @Test
    void cutsAgainWhenTheGuestHasWrittenBehindTheNewEndMeanwhile() throws IOException {
        DiskControl control = new RawDiskControl(
                new DiskSpec("data", image, null, false, false),
                limits::add,
                () -> {
                    if (seen.isEmpty()) {
                        try {
                            setLength(3 * MIB);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                    seen.add(image.toFile().length());
                },
                () -> false);
        control.resize(MIB);
        assertThat(image).hasSize(MIB);
        assertThat(seen).containsExactly(3L * MIB, (long) MIB);
    }

    @Test
    void tellsTheDeviceOfASizeItHasAlready() {
        control(false).resize(4 * MIB);
        assertThat(image).hasSize(4 * MIB);
    }

    @Test
    void refusesReadOnlyDisksAndSizesThatNoDiskHas() {
        assertThatThrownBy(() -> control(true).resize(MIB))
                .isInstanceOf(ControlException.class)
                .hasMessageContaining("disk data (" + image + "): is read-only");
        assertThatThrownBy(() -> control(false).resize(1000)).hasMessageContaining("multiple of 512");
        assertThatThrownBy(() -> control(false).resize(-512)).hasMessageContaining("multiple of 512");
        assertThat(image).hasSize(4 * MIB);
        assertThat(seen).isEmpty();
    }

    @Test
    void refusesAFileThatHasTakenTheImagesPlace() throws IOException {
        DiskControl control = control(false);
        Files.move(image, folder.resolve("moved.img"));
        Files.write(image, new byte[512]);
        assertThatThrownBy(() -> control.resize(MIB))
                .hasMessageContaining("is no longer the file that the machine has open");
        assertThat(image).hasSize(512);
    }

    @Test
    void leavesTheImageAsItWasWhenItCannotGrow() {
        DiskControl control = control(false);
        assertThatThrownBy(() -> control.resize(Long.MAX_VALUE / 512 * 512))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining(image + ": cannot be made")
                .hasMessageContaining("EFBIG");
        assertThat(image).hasSize(4 * MIB);
        assertThat(seen).isEmpty();
    }
}
