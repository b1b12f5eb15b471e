package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of images that are not what the spec says, or that are made to be evil, before any program sees them. */
class DiskFilesTest {
    private static final long DISK = 64 << 20;

    @TempDir
    Path folder;

    private byte[] qcow2(long bytes) throws IOException {
        Path file = Files.createTempFile(folder, "made", ".qcow2");
        try (Fd open = Fd.open(file.toString(), Fd.O_RDWR)) {
            Qcow2File.create(open, bytes);
        }
        return Files.readAllBytes(file);
    }

    private DiskFiles open(byte[] image, DiskFormat format) throws IOException {
        Path path = Files.write(folder.resolve("disk.img"), image);
        return DiskFiles.open(new DiskSpec("disk0", path, null, true, false, format, null, null, null));
    }

    private void refuses(byte[] image, DiskFormat format, String... words) {
        assertThatThrownBy(() -> open(image, format).close())
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("disk.img: ")
                .hasMessageContainingAll(words);
    }

    @Test
    void refusesWhatIsNotWhatTheSpecSays() throws IOException {
        byte[] raw = new byte[1 << 20];
        refuses(raw, DiskFormat.QCOW2, "is not a qcow2 image", "format");
        refuses(raw, DiskFormat.VMDK, "is not a VMDK image");
        refuses(raw, DiskFormat.VHDX, "is not a VHDX image");
        refuses(raw, DiskFormat.VDI, "is not a VDI image");
        refuses(new byte[1000], DiskFormat.RAW, "multiple of 512");
        refuses(new byte[0], DiskFormat.QCOW2, "is not a qcow2 image");
        refuses(qcow2(DISK), DiskFormat.VDI, "is not a VDI image");
    }

    @Test
    void takesARawImageForRawWhateverIsInIt() throws IOException {
        byte[] image = qcow2(DISK);
        try (DiskFiles files = open(image, DiskFormat.RAW)) {
            assertThat(files.diskBytes()).isEqualTo(image.length);
        }
        try (DiskFiles files = open(image, DiskFormat.QCOW2)) {
            assertThat(files.diskBytes()).isEqualTo(DISK);
        }
    }

    @Test
    void refusesAQcow2ImageThatNamesOrNeedsOthers() throws IOException {
        byte[] backed = qcow2(DISK);
        byte[] name = "/etc/shadow\u001b[31m".getBytes(StandardCharsets.UTF_8);
        ByteBuffer.wrap(backed).putLong(8, 512).putInt(16, name.length);
        System.arraycopy(name, 0, backed, 512, name.length);
        refuses(
                backed,
                DiskFormat.QCOW2,
                "stands on another image",
                "\"/etc/shadow?[31m\"",
                "crosvm disk clone --base");

        byte[] external = qcow2(DISK);
        ByteBuffer.wrap(external).putLong(72, 4);
        refuses(external, DiskFormat.QCOW2, "keeps its data in another file");

        byte[] encrypted = qcow2(DISK);
        ByteBuffer.wrap(encrypted).putInt(32, 2);
        refuses(encrypted, DiskFormat.QCOW2, "is encrypted");

        byte[] snapshots = qcow2(DISK);
        ByteBuffer.wrap(snapshots).putInt(60, 3);
        refuses(snapshots, DiskFormat.QCOW2, "has 3 snapshots inside", "crosvm disk clone");
        ByteBuffer.wrap(snapshots).putInt(60, 1);
        refuses(snapshots, DiskFormat.QCOW2, "has 1 snapshot inside");

        byte[] corrupt = qcow2(DISK);
        ByteBuffer.wrap(corrupt).putLong(72, 2);
        refuses(corrupt, DiskFormat.QCOW2, "is marked as corrupt");
    }

    @Test
    void refusesAQcow2ImageThatIsTruncatedOrLies() throws IOException {
        byte[] image = qcow2(DISK);
        refuses(Arrays.copyOf(image, 50), DiskFormat.QCOW2, "is truncated");
        refuses(Arrays.copyOf(image, 1 << 16), DiskFormat.QCOW2, "is truncated or damaged", "table");
        byte[] hugeL1 = image.clone();
        ByteBuffer.wrap(hugeL1).putInt(36, -1);
        refuses(hugeL1, DiskFormat.QCOW2, "the L1 table ends at byte");
        byte[] hugeRefcounts = image.clone();
        ByteBuffer.wrap(hugeRefcounts).putInt(56, -1);
        refuses(hugeRefcounts, DiskFormat.QCOW2, "the refcount table ends at byte");
        byte[] clusters = image.clone();
        ByteBuffer.wrap(clusters).putInt(20, 63);
        refuses(clusters, DiskFormat.QCOW2, "clusters");
        byte[] size = image.clone();
        ByteBuffer.wrap(size).putLong(24, -512);
        refuses(size, DiskFormat.QCOW2, "bytes; a disk has a multiple of 512");
        byte[] version = image.clone();
        ByteBuffer.wrap(version).putInt(4, 9);
        refuses(version, DiskFormat.QCOW2, "version 9");
    }

    @Test
    void refusesForeignImagesThatNameOthers() throws IOException {
        refuses(
                "# Disk DescriptorFile\nRW 2048 FLAT \"/etc/shadow\" 0\n".getBytes(StandardCharsets.UTF_8),
                DiskFormat.VMDK,
                "names the files");
        byte[] vmdk = new byte[4096];
        ByteBuffer header = ByteBuffer.wrap(vmdk).order(ByteOrder.LITTLE_ENDIAN);
        header.put("KDMV".getBytes(StandardCharsets.UTF_8))
                .putLong(12, 8)
                .putLong(28, 1)
                .putLong(36, 2);
        byte[] child = "# Disk DescriptorFile\nparentCID=12345678\ncreateType=\"monolithicSparse\"\n"
                .getBytes(StandardCharsets.UTF_8);
        System.arraycopy(child, 0, vmdk, 512, child.length);
        refuses(vmdk, DiskFormat.VMDK, "stands on another image");
        byte[] flat =
                "parentCID=ffffffff\ncreateType=\"monolithicFlat\"\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                        .getBytes(StandardCharsets.UTF_8);
        Arrays.fill(vmdk, 512, 1536, (byte) 0);
        System.arraycopy(flat, 0, vmdk, 512, flat.length);
        refuses(vmdk, DiskFormat.VMDK, "of the type monolithicFlat");
        header.putLong(36, Long.MAX_VALUE);
        refuses(vmdk, DiskFormat.VMDK, "is damaged");
        byte[] vdi = new byte[4096];
        ByteBuffer.wrap(vdi)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x40, 0xbeda107f)
                .putInt(0x4c, 4);
        refuses(vdi, DiskFormat.VDI, "stands on another image");
    }

    @Test
    void answersAnyBytesWithARefusalOrADisk() throws IOException {
        Random random = new Random(42);
        byte[][] seeds = {qcow2(DISK), new byte[400 << 10], new byte[400 << 10], new byte[4096]};
        System.arraycopy("vhdxfile".getBytes(StandardCharsets.UTF_8), 0, seeds[1], 0, 8);
        System.arraycopy("regi".getBytes(StandardCharsets.UTF_8), 0, seeds[1], 192 << 10, 4);
        System.arraycopy("KDMV".getBytes(StandardCharsets.UTF_8), 0, seeds[2], 0, 4);
        ByteBuffer.wrap(seeds[3]).order(ByteOrder.LITTLE_ENDIAN).putInt(0x40, 0xbeda107f);
        DiskFormat[] formats = {DiskFormat.QCOW2, DiskFormat.VHDX, DiskFormat.VMDK, DiskFormat.VDI};
        for (int i = 0; i < 400; i++) {
            byte[] image = seeds[i % 4].clone();
            for (int flips = random.nextInt(20); flips >= 0; flips--) {
                image[4 + random.nextInt(400)] = (byte) random.nextInt();
            }
            try (DiskFiles files = open(image, formats[i % 4])) {
                assertThat(files.diskBytes()).isPositive();
            } catch (VmmException e) {
                assertThat(e).hasMessageContaining("disk.img");
            }
        }
    }

    @Test
    void refusesAnImageThatIsLargerThanTheSpecSays() throws IOException {
        Path path = Files.write(folder.resolve("disk.img"), qcow2(DISK));
        for (DiskWrites writes : new DiskWrites[] {DiskWrites.KEEP, DiskWrites.DISCARD}) {
            assertThatThrownBy(() -> DiskFiles.open(new DiskSpec(
                                    "a",
                                    path,
                                    null,
                                    false,
                                    false,
                                    DiskFormat.QCOW2,
                                    writes,
                                    MemorySize.ofMib(32),
                                    null))
                            .close())
                    .hasMessageContaining("has 64MiB, which is more than size says (32MiB)");
        }
    }

    @Test
    void leavesNothingBehindWhenAnOverlayCannotBe() throws IOException {
        Path base = Files.write(folder.resolve("base.img"), new byte[1 << 20]);
        Path overlay = Files.write(folder.resolve("over.qcow2"), qcow2(512 << 10));
        DiskSpec small =
                new DiskSpec("a", base, null, false, false, DiskFormat.RAW, DiskWrites.to(overlay), null, null);
        assertThatThrownBy(() -> DiskFiles.open(small).close()).hasMessageContaining("it was made for another image");

        Path missing = folder.resolve("none/over.qcow2");
        DiskSpec nowhere =
                new DiskSpec("a", base, null, false, false, DiskFormat.RAW, DiskWrites.to(missing), null, null);
        assertThatThrownBy(() -> DiskFiles.open(nowhere).close())
                .hasMessageContaining("the overlay " + missing)
                .hasMessageContaining("ENOENT");
        assertThat(missing.getParent()).doesNotExist();
    }

    @Test
    void takesAnOverlayThatNamesItsOwnBaseAndNoOther() throws IOException {
        Path base = Files.write(folder.resolve("base.img"), new byte[1 << 20]);
        byte[] image = qcow2(1 << 20);
        for (String named : new String[] {"base.img", base.toString(), "/etc/shadow"}) {
            byte[] name = named.getBytes(StandardCharsets.UTF_8);
            ByteBuffer.wrap(image).putLong(8, 512).putInt(16, name.length);
            System.arraycopy(name, 0, image, 512, name.length);
            Path overlay = Files.write(folder.resolve("over.qcow2"), image);
            DiskSpec disk =
                    new DiskSpec("a", base, null, false, false, DiskFormat.RAW, DiskWrites.to(overlay), null, null);
            if (named.equals("/etc/shadow")) {
                assertThatThrownBy(() -> DiskFiles.open(disk).close()).hasMessageContaining("than " + base);
            } else {
                DiskFiles.open(disk).close();
            }
        }
    }
}
