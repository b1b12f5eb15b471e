package crosvm.vmm.device.blk;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.DirectIo;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.IoVectors;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A raw disk image or a block device, open and locked: shared for reading, for us alone for writing. The lock belongs to
 * the open file and goes with it, however the process ends. Any thread.
 */
public final class BlockFile implements AutoCloseable {
    private static final Logger LOG = BareLog.of(BlockFile.class);

    /** Bytes. */
    public static final int SECTOR = 512;

    /** What the kernel answers to direct I/O that is not as it must be, whatever it has said before. */
    static final int NOT_DIRECT = -Errno.EINVAL.code();

    private final Fd file;
    private final @Nullable DirectImage direct;
    private final boolean readOnly;
    private volatile long size;
    /** The errno of the first sync that failed, negative; 0 while none has. */
    private volatile int lost;

    private BlockFile(Fd file, @Nullable DirectImage direct, boolean readOnly, long size) {
        this.file = file;
        this.direct = direct;
        this.readOnly = readOnly;
        this.size = size;
    }

    /** @throws VmmException naming the file, what is wrong with it and what to do */
    public static BlockFile open(Path path, boolean readOnly) {
        Fd file = openLocked(path, readOnly);
        try {
            ImageFormat format = FileType.of(file) == FileType.REGULAR ? ImageFormat.of(path) : null;
            if (format != null) {
                LOG.log(Level.WARNING, path + ": " + format.warning(path.toString()));
            }
            return of(file, readOnly);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Takes over an open file, such as one handed over by another process. The caller closes it if this throws. */
    public static BlockFile of(Fd file, boolean readOnly) {
        return with(file, null, readOnly);
    }

    /**
     * As {@link #of(Fd, boolean)}, for one whose data go past the host's page cache.
     *
     * @param direct the same file, {@link DirectIo#open opened again}, taken over; null for one in the page cache
     */
    public static BlockFile of(Fd file, @Nullable Fd direct, boolean readOnly) {
        return with(file, direct == null ? null : new DirectImage(direct, DirectIo.of(direct)), readOnly);
    }

    /** As {@link #of(Fd, Fd, boolean)}, of a direct one that is what it is. */
    static BlockFile with(Fd file, @Nullable DirectImage direct, boolean readOnly) {
        lock(file, readOnly);
        BlockFile disk = new BlockFile(file, direct, readOnly, 0);
        disk.measure();
        return disk;
    }

    /**
     * An image of any format, open and locked as a raw one is.
     *
     * @throws ImageInUseException when somebody else has it locked
     * @throws VmmException naming the file, what is wrong with it and what to do
     */
    public static Fd openLocked(Path path, boolean readOnly) {
        Fd file = openFile(path, readOnly);
        try {
            lock(file, readOnly);
            file.setBlocking(); // io_uring takes it at its word, and answers EAGAIN where a file system cannot do
            // without waiting.
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Refuses what no disk can be.
     *
     * @throws VmmException when it is neither a regular file nor a block device
     */
    public static void requireImage(Fd file) {
        FileType type = FileType.of(file);
        if (type != FileType.REGULAR && type != FileType.BLOCK_DEVICE) {
            throw new VmmException(file.name() + ": "
                    + (type == FileType.DIRECTORY ? "is a directory" : "is neither a file nor a block device")
                    + ". A disk is an image file or a block device");
        }
    }

    /**
     * What a file looks like that is read as a raw image: for a warning, and nothing else.
     *
     * @return such as "a qcow2 image"; null when it looks like nothing but a raw image
     * @throws VmmException when it cannot be read
     */
    public static @Nullable String lookAlike(Path path) {
        ImageFormat format = ImageFormat.of(path);
        return format == null ? null : format.what();
    }

    private static void lock(Fd file, boolean readOnly) {
        requireImage(file);
        int locked = FileSpace.lock(file, !readOnly);
        if (locked == -Errno.EAGAIN.code() || locked == -Errno.EACCES.code()) {
            throw new ImageInUseException(file.name() + ": " + inUse(readOnly));
        }
        if (locked < 0) {
            throw new ErrnoException(file.name() + ": lock", -locked);
        }
    }

    private static Fd openFile(Path path, boolean readOnly) {
        try {
            // O_NONBLOCK: a named pipe would make us wait; of a file or a block device nobody waits anyway.
            return Fd.open(path.toString(), (readOnly ? Fd.O_RDONLY : Fd.O_RDWR) | Fd.O_NONBLOCK);
        } catch (ErrnoException e) {
            throw new VmmException(e.getMessage() + advice(e.errno(), readOnly), e);
        }
    }

    private static String advice(Errno errno, boolean readOnly) {
        return switch (errno) {
            case ENOENT -> ". Create the image first, or correct the path";
            case EACCES, EROFS, EPERM ->
                readOnly
                        ? ". Make it readable for the user who runs crosvm"
                        : ". Make it writable for the user who runs crosvm, or set readOnly: true for this disk";
            case EISDIR -> ". A disk is a raw image file or a block device";
            default -> "";
        };
    }

    private static String inUse(boolean readOnly) {
        return readOnly
                ? "is in use: another disk or machine has it open for writing. Stop that machine, or use a copy"
                : "is in use: another disk or machine has it open. Stop that machine, use a copy, or set readOnly: true"
                        + " for all disks that share it";
    }

    /**
     * Reads the size again, after somebody has changed it.
     *
     * @throws VmmException when it is not a whole number of sectors
     */
    public long measure() {
        long bytes = FileType.sizeOf(file);
        if (bytes % SECTOR != 0) {
            throw new VmmException(file.name() + ": its size of " + bytes + " bytes is not a multiple of " + SECTOR
                    + ". Extend it: truncate -s %" + SECTOR + " " + file.name());
        }
        if (bytes == 0) {
            throw new VmmException(file.name() + ": is empty. Give it a size: truncate -s 1G " + file.name());
        }
        size = bytes;
        return bytes;
    }

    /** Reads the size again; false, and the old one stays, when it has become one that no disk can have. */
    boolean tryMeasure() {
        try {
            measure();
            return true;
        } catch (VmmException e) {
            return false;
        }
    }

    /**
     * By which descriptor the data can move straight between the image and memory: of an image past the page cache the direct
     * one, but the other for what is less than a block, such as the rest of an image at its end.
     *
     * @return null when they cannot without a copy, which {@link #read} and {@link #write} make
     */
    @Nullable Fd straight(IoVectors vectors, long position) {
        if (direct == null || !direct.hasBlocks(vectors, position)) {
            return file;
        }
        return direct.takes(vectors, position) ? direct.file() : null;
    }

    /** As {@link IoVectors#readAt}. */
    long read(IoVectors to, long position) {
        Fd from = straight(to, position);
        long got = from == null ? Objects.requireNonNull(direct).read(to, position) : to.readAt(from, position);
        return got == NOT_DIRECT && from != file ? to.readAt(file, position) : got;
    }

    /** As {@link IoVectors#writeAt}. */
    long write(IoVectors from, long position) {
        Fd to = straight(from, position);
        long done = to == null ? Objects.requireNonNull(direct).write(from, position) : from.writeAt(to, position);
        return done == NOT_DIRECT && to != file ? from.writeAt(file, position) : done;
    }

    /**
     * Returns when everything written is on stable storage. Linux tells of a page that could not be written once, and takes it
     * for clean then: the next fdatasync(2) says that all is well although data are gone. So once this has failed it fails for
     * as long as the file is open, whoever asks. One at a time, for the kernel tells of it only one of several.
     *
     * @return 0, or the negative errno of the first failure
     */
    synchronized int sync() {
        if (lost == 0) {
            lost = FileSpace.sync(file);
        }
        return lost;
    }

    /** Whether {@link #sync} has failed: what was written may be gone, and nothing written from now on can be trusted. */
    boolean hasLostData() {
        return lost != 0;
    }

    /** To be handed over to a process that serves the disk; the lock goes with it. Stays this object's. */
    public Fd file() {
        return file;
    }

    public String name() {
        return file.name();
    }

    public boolean readOnly() {
        return readOnly;
    }

    /** Bytes, a multiple of {@value #SECTOR}. */
    public long size() {
        return size;
    }

    public long sectors() {
        return size / SECTOR;
    }

    @Override
    public void close() {
        if (direct != null) {
            direct.close();
        }
        file.close();
    }
}
