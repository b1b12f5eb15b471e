package crosvm.vmm.storage;

import crosvm.schema.model.DiskFormat;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.DiskWrites;
import crosvm.seccomp.policy.Policy;
import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.jail.HandedFiles;
import crosvm.vmm.jail.ReaderJail;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a guest would find on a disk, read-only, without a guest: a raw image is read as it is; of any other, and of one with an
 * overlay on it, a qemu-storage-daemon in its jail serves what is asked for, and no more is copied. Used by one thread.
 */
public final class DiskContent implements AutoCloseable {
    private static final int ANSWER_MILLISECONDS = 60_000;

    private final DiskSpec disk;
    private final Path image;
    private final @Nullable LoggedDaemon daemon;
    private final @Nullable NbdConnection connection;
    private final @Nullable FetchedFile fetched;
    private final long size;

    private DiskContent(DiskSpec disk) {
        this.disk = disk;
        this.image = disk.file();
        this.daemon = null;
        this.connection = null;
        this.fetched = null;
        try (Fd file = Fd.open(image.toString(), Fd.O_RDONLY | Fd.O_NONBLOCK)) {
            this.size = FileType.sizeOf(file);
        }
    }

    private DiskContent(DiskSpec disk, DiskFiles files) {
        this.disk = disk;
        this.image = disk.file();
        HandedFiles handed = new HandedFiles();
        LoggedDaemon started = new LoggedDaemon("reader", image, handed, BlockGraph.shown(disk, files, handed), 0);
        NbdConnection client = new NbdConnection(started.daemon().device(), ANSWER_MILLISECONDS);
        try {
            size = client.open(BlockGraph.NBD_EXPORT);
            if (size <= 0) {
                throw new VmmException("it says that the disk has " + size + " bytes");
            }
            fetched = new FetchedFile(size, client::read);
        } catch (RuntimeException e) {
            VmmException told = failed(started, e);
            started.close();
            throw told;
        }
        daemon = started;
        connection = client;
    }

    /**
     * Opens it.
     *
     * @throws crosvm.vmm.device.blk.ImageInUseException when a machine that runs writes into one of its files
     * @throws VmmException naming the file, what is wrong with it and what to do
     */
    public static DiskContent open(DiskSpec disk) {
        boolean overlaid = hasOverlay(disk);
        if (disk.format() == DiskFormat.RAW && !overlaid) {
            return new DiskContent(disk);
        }
        DiskSpec seen = overlaid
                ? disk
                : new DiskSpec(
                        disk.id(), disk.file(), null, true, disk.root(), disk.format(), null, null, disk.limit());
        try (DiskFiles files = DiskFiles.open(seen)) {
            return new DiskContent(seen, files);
        }
    }

    /** Whether there is an overlay with something in it: what is discarded has not been written yet. */
    public static boolean hasOverlay(DiskSpec disk) {
        DiskWrites writes = disk.writes();
        try {
            return writes != null
                    && writes.kind() == DiskWrites.Kind.FILE
                    && Files.exists(writes.overlay())
                    && Files.size(writes.overlay()) > 0;
        } catch (IOException e) {
            return true; // Whoever opens it says what is wrong with it.
        }
    }

    private VmmException failed(LoggedDaemon started, RuntimeException e) {
        return new VmmException(
                image + ": cannot be read: " + started.daemon().describeEnd(String.valueOf(e.getMessage())), e);
    }

    /** Of the disk, in bytes. */
    public long size() {
        return size;
    }

    /**
     * Some of it.
     *
     * @param position bytes from the disk's beginning, 0 or more
     * @return so many bytes; zeros behind the disk's end
     * @throws VmmException when it cannot be read
     */
    public ByteBuffer read(long position, int length) throws IOException {
        if (fetched != null) {
            try {
                return fetched.read(position, length);
            } catch (VmmException e) {
                throw new VmmException(image + ": cannot be read: " + e.getMessage(), e);
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(image)) {
            int got = 1;
            while (bytes.hasRemaining() && got > 0) {
                got = channel.read(bytes, position + bytes.position());
            }
        } catch (IOException e) {
            throw new VmmException(image + ": cannot be read: " + FailureReason.of(e), e);
        }
        return bytes.clear();
    }

    /**
     * A jail for programs that read it, at {@link ReaderJail#FILE}; the caller closes it before this.
     *
     * @param policy what binds them
     */
    public ReaderJail reader(Policy policy) {
        return fetched == null
                ? ReaderJail.over(image, policy)
                : ReaderJail.over(image.toString(), fetched.file().duplicate(), fetched, policy);
    }

    /** Why something could not be read that a program in {@link #reader} asked for; null when all could. */
    public @Nullable String failure() {
        return fetched == null ? null : fetched.failure();
    }

    /** What it is of. */
    public DiskSpec disk() {
        return disk;
    }

    @Override
    public void close() {
        if (fetched != null) {
            fetched.close();
        }
        if (connection != null) {
            connection.close();
        }
        if (daemon != null) {
            daemon.close();
        }
    }
}
