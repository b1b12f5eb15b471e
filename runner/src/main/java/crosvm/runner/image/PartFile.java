package crosvm.runner.image;

import crosvm.vmm.linux.FileIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A download that is not complete yet, and whose it is: a lock on its file, which the kernel takes away when the process ends,
 * however it ends. What is in it when it is closed stays for the next to go on with; an empty one goes. Owned by one thread.
 */
final class PartFile implements AutoCloseable {
    private static final long WAIT_MILLISECONDS = 100;

    /**
     * What this process has: a POSIX lock is lost as soon as its process closes any descriptor of the file, so that no second one
     * may be opened.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;
    private long size;
    private boolean gone;

    private PartFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
    }

    /**
     * Opens the file, made when missing, once nobody else has it.
     *
     * @param waiting called once when somebody else has
     */
    static PartFile open(Path path, Runnable waiting) throws IOException {
        boolean told = false;
        while (true) {
            PartFile file = tryOpen(path);
            if (file != null) {
                return file;
            }
            if (!told) {
                told = true;
                waiting.run();
            }
            try {
                Thread.sleep(WAIT_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /** Null when somebody else has it. */
    static @Nullable PartFile tryOpen(Path path) throws IOException {
        if (!HELD.add(path)) {
            return null;
        }
        PartFile file = null;
        try {
            file = tryLock(path);
            return file;
        } catch (NoSuchFileException e) {
            return null; // Its last holder has just finished with it.
        } finally {
            if (file == null) {
                HELD.remove(path);
            }
        }
    }

    private static @Nullable PartFile tryLock(Path path) throws IOException {
        FileIdentity before = FileIdentity.at(path);
        if (before == null) {
            create(path);
            before = FileIdentity.at(path);
        }
        FileChannel channel = FileChannel.open(
                path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        try {
            // One that was renamed or removed between open and lock keeps nobody out. Ours keeps its inode while it is
            // open.
            if (channel.tryLock() != null && before != null && before.equals(FileIdentity.at(path))) {
                return new PartFile(path, channel);
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return null;
    }

    private static void create(Path path) throws IOException {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            return; // Somebody else was quicker; the lock decides.
        }
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** The SHA-256 of all that is there. */
    String sha256() throws IOException {
        String made = Sha256.byProgram(path);
        if (made != null) {
            return made;
        }
        MessageDigest digest = Sha256.begin();
        Sha256.update(digest, channel, size);
        return Sha256.end(digest);
    }

    void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            size += channel.write(bytes, size);
        }
    }

    /** Begins anew. */
    void clear() throws IOException {
        channel.truncate(0);
        size = 0;
    }

    /** All of it is on the disk when this returns. */
    void sync() throws IOException {
        channel.force(true);
    }

    /** All that is there, from the start. To be read to its end before anything else is done; not to be closed. */
    InputStream read() throws IOException {
        channel.position(0);
        return Channels.newInputStream(channel);
    }

    /** Removes the file. */
    void remove() throws IOException {
        gone = true;
        Files.deleteIfExists(path);
    }

    /** The file has got another name. */
    void renamed() {
        gone = true;
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            // Under the lock: nobody else's can have the name.
            if (size == 0 && !gone) {
                Files.deleteIfExists(path);
            }
        } finally {
            HELD.remove(path);
        }
    }
}
