package crosvm.vmm.storage;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.MemorySize;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The files that a disk consists of, open, locked and looked at: the image, and the overlay that takes the guest's writes. These
 * are all there are: an image that names another is refused. Used by one thread.
 */
public final class DiskFiles implements AutoCloseable {
    /** Beside the disk's bytes: tables of pointers and reference counts, 0.2 % at most, and what a small image begins with. */
    private static final int METADATA_SHARE = 256;

    private static final long METADATA_BYTES = 64L << 20;

    private final DiskSpec disk;
    private final Fd image;
    private final @Nullable Fd overlay;
    private final long imageBytes;
    private final long diskBytes;

    private DiskFiles(DiskSpec disk, Fd image, @Nullable Fd overlay, long imageBytes, long diskBytes) {
        this.disk = disk;
        this.image = image;
        this.overlay = overlay;
        this.imageBytes = imageBytes;
        this.diskBytes = diskBytes;
    }

    /**
     * Opens them, and makes the overlay if it is missing.
     *
     * @throws VmmException naming the file, what is wrong with it and what to do; nothing is left behind then
     */
    public static DiskFiles open(DiskSpec disk) {
        DiskFiles files = openAll(disk);
        try {
            DirectFile.requireWhereWanted(disk, files.image);
            if (files.overlay != null) {
                DirectFile.requireWhereWanted(disk, files.overlay);
            }
            return files;
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private static DiskFiles openAll(DiskSpec disk) {
        Fd image = BlockFile.openLocked(disk.file(), disk.keepsImage());
        try {
            ImageHeader header = ImageHeader.read(image, disk.format());
            requireAlone(disk.file(), header, disk.format());
            long wanted = wanted(disk, disk.file(), header.virtualSize());
            if (!disk.hasOverlay()) {
                return new DiskFiles(disk, image, null, header.virtualSize(), wanted);
            }
            return withOverlay(disk, image, header.virtualSize(), wanted);
        } catch (RuntimeException e) {
            image.close();
            throw e;
        }
    }

    private static DiskFiles withOverlay(DiskSpec disk, Fd image, long imageBytes, long wanted) {
        DiskWrites writes = Objects.requireNonNull(disk.writes(), "an overlay is asked for");
        if (writes.kind() == DiskWrites.Kind.DISCARD) {
            Fd overlay = NamelessFile.create("what the guest writes (writes: discard)");
            return new DiskFiles(disk, image, filled(overlay, wanted), wanted, wanted);
        }
        Path path = writes.overlay();
        if (create(path)) {
            try {
                Fd overlay = BlockFile.openLocked(path, false);
                return new DiskFiles(disk, image, filled(overlay, wanted), wanted, wanted);
            } catch (RuntimeException e) {
                remove(path);
                throw e;
            }
        }
        Fd overlay = BlockFile.openLocked(path, false);
        try {
            if (FileType.sizeOf(overlay) == 0) { // Of a crosvm that was killed while it made it.
                return new DiskFiles(disk, image, filled(overlay, wanted), wanted, wanted);
            }
            ImageHeader header = ImageHeader.read(overlay, DiskFormat.QCOW2);
            requireStandsOn(path, header, disk.file());
            if (header.virtualSize() < imageBytes) {
                throw new VmmException(path + ": has " + new MemorySize(header.virtualSize()) + ", and " + disk.file()
                        + ", on which it is to stand, has " + new MemorySize(imageBytes)
                        + ": it was made for another image. Move it away, and a new one is made");
            }
            return new DiskFiles(disk, image, overlay, header.virtualSize(), wanted(disk, path, header.virtualSize()));
        } catch (RuntimeException e) {
            overlay.close();
            throw e;
        }
    }

    private static Fd filled(Fd overlay, long bytes) {
        try {
            Qcow2File.create(overlay, bytes);
            return overlay;
        } catch (RuntimeException e) {
            overlay.close();
            throw e;
        }
    }

    /** @return whether it was made; not when there is one */
    private static boolean create(Path path) {
        try {
            Fd.open(path.toString(), Fd.O_RDWR | Fd.O_CREAT | Fd.O_EXCL).close();
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw new VmmException(
                    "the overlay " + e.getMessage()
                            + ". Correct writes, or make its folder writable for the user who runs crosvm",
                    e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            return; // What made it fail is told.
        }
    }

    private static long wanted(DiskSpec disk, Path file, long has) {
        MemorySize size = disk.size();
        if (size != null && size.bytes() < has) {
            throw new VmmException(file + ": its disk has " + new MemorySize(has) + ", which is more than size says ("
                    + size + "). A disk is never made smaller this way: raise size, or leave it out");
        }
        return size == null ? has : size.bytes();
    }

    private static void requireAlone(Path image, ImageHeader header, DiskFormat format) {
        if (header.backing() != null) {
            throw new VmmException(image + ": stands on another image (it names \"" + header.backing()
                    + "\"), which crosvm does not open because an image says so. If the two are your own, say it in the"
                    + " spec: path: BASE, format: FORMAT-OF-BASE, writes: " + image
                    + "; or make one image of both: crosvm"
                    + " disk clone --base BASE --base-format FORMAT-OF-BASE --image-format "
                    + EnumWord.of(format) + " " + image + " NEW.qcow2");
        }
    }

    private static void requireStandsOn(Path overlay, ImageHeader header, Path base) {
        String named = header.backing();
        if (named != null && !overlay.resolveSibling(named).normalize().equals(base)) {
            throw new VmmException(overlay + ": was made to stand on another image (it names \"" + named + "\") than "
                    + base + ". Correct path or writes");
        }
    }

    /** The image, open and locked. */
    Fd image() {
        return image;
    }

    /** The overlay, open and locked; null when writes go into the image. */
    @Nullable Fd overlay() {
        return overlay;
    }

    /** What the guest is to see, in bytes. */
    public long diskBytes() {
        return diskBytes;
    }

    /** Whether the file that takes the writes must be told to grow first. */
    public boolean mustGrow() {
        return diskBytes > imageBytes;
    }

    /** How far the files may be written to for a disk of that many bytes. */
    public long fileBytes(long bytes) {
        Fd written = overlay == null ? image : overlay;
        if (disk.readOnly()) {
            return 0;
        }
        return Math.max(FileType.sizeOf(written), bytes) + bytes / METADATA_SHARE + METADATA_BYTES;
    }

    @Override
    public void close() {
        image.close();
        if (overlay != null) {
            overlay.close();
        }
    }
}
