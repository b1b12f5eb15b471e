package crosvm.vmm.storage;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.jail.ReadAhead;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A temporary file as long as a disk, with holes where nothing of the disk has been asked for yet. Any thread; one waits for
 * what another fetches.
 */
final class FetchedFile implements ReadAhead, AutoCloseable {
    /** What is fetched at once: a cluster of most images, and much less than what GRUB reads of a kernel. */
    private static final int BLOCK = 256 << 10;

    /** Far more than a kernel, its initrd and what leads to them; an image may have its reader read for ever. */
    private static final long MOST_BYTES = 4L << 30;

    /** Reads a part of the disk. */
    @FunctionalInterface
    interface Source {
        /** @throws VmmException when it cannot be read */
        ByteBuffer read(long offset, int length);
    }

    private final Fd file;
    private final FileChannel channel;
    private final long size;
    private final Source source;
    private final Set<Long> blocks = new HashSet<>();
    private @Nullable String failure;

    /**
     * Makes the file.
     *
     * @param size of the disk, in bytes
     * @throws VmmException when there is no place for it, or the file system has no files as long as the disk
     */
    FetchedFile(long size, Source source) {
        this.size = size;
        this.source = source;
        this.file = NamelessFile.create("what is read of an image");
        try {
            int result = FileSpace.setLength(file, size);
            if (result < 0) {
                throw new VmmException(file.name() + ": no file as long as the disk, " + size
                        + " bytes, can be made there: " + Errno.describe(-result)
                        + ". Name a folder of another file system in TMPDIR");
            }
            this.channel = FileChannel.open(
                    Path.of("/proc/self/fd/" + file.number()), StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            file.close();
            throw new VmmException(file.name() + ": cannot be written: " + FailureReason.of(e), e);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** The file, which stays this object's. */
    Fd file() {
        return file;
    }

    @Override
    public synchronized boolean fetch(long position, long length) {
        try {
            long end = Math.min(size, position + length);
            for (long block = position / BLOCK; failure == null && block * BLOCK < end; block++) {
                if (!blocks.contains(block)) {
                    fetch(block);
                }
            }
        } catch (VmmException e) {
            failure = e.getMessage();
        } catch (IOException e) {
            failure = file.name() + ": cannot be written: " + FailureReason.of(e);
        }
        return failure == null;
    }

    private void fetch(long block) throws IOException {
        if (blocks.size() >= MOST_BYTES / BLOCK) {
            throw new VmmException("more than " + MOST_BYTES + " bytes of it are read");
        }
        long position = block * BLOCK;
        ByteBuffer bytes = source.read(position, (int) Math.min(BLOCK, size - position));
        while (bytes.hasRemaining()) {
            channel.write(bytes, position + bytes.position());
        }
        blocks.add(block);
    }

    /** Why something could not be fetched; null when all could. */
    synchronized @Nullable String failure() {
        return failure;
    }

    /**
     * What is there. Zeros behind the disk's end.
     *
     * @throws VmmException when it cannot be fetched
     */
    ByteBuffer read(long position, int length) throws IOException {
        if (!fetch(position, length)) {
            throw new VmmException(String.valueOf(failure()));
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        int got = 1;
        while (bytes.hasRemaining() && got > 0) {
            got = channel.read(bytes, position + bytes.position());
        }
        return bytes.clear();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            return; // Of a file that nobody needs any more.
        } finally {
            file.close();
        }
    }
}
