package crosvm.vmm.boot;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A kernel or initrd file, open for reading; every failure is a {@link VmmException} that names the file. */
final class BootFile implements AutoCloseable {
    private final String name;
    private final FileChannel channel;
    private final long size;

    private BootFile(String name, FileChannel channel, long size) {
        this.name = name;
        this.channel = channel;
        this.size = size;
    }

    /** @param role what the file is for, as the message starts: {@code kernel} or {@code initrd} */
    static BootFile open(String role, Path path) {
        String name = role + " " + path;
        try {
            // Before opening: a FIFO would block, and Java opens directories without a word.
            if (Files.isDirectory(path)) {
                throw new VmmException(name + ": is a directory; give the " + role + "'s file");
            }
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new VmmException(name + ": is a device, pipe or socket; give a regular file");
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            long size;
            try {
                size = channel.size();
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            return new BootFile(name, channel, size);
        } catch (NoSuchFileException e) {
            throw new VmmException(
                    name + ": no such file; check the path (relative ones start at vm.yaml's folder)", e);
        } catch (AccessDeniedException e) {
            throw new VmmException(name + ": permission denied; make the file readable for your user", e);
        } catch (IOException e) {
            throw new VmmException(name + ": cannot be opened: " + FailureReason.of(e), e);
        }
    }

    /** Bytes, as they were when the file was opened. */
    long size() {
        return size;
    }

    /** Up to {@code length} bytes from {@code position}, little-endian; fewer where the file ends. */
    ByteBuffer read(long position, int length) {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, Math.min(length, size - position)))
                .order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {}
        } catch (IOException e) {
            throw unreadable(e);
        }
        return bytes.flip();
    }

    /**
     * Copies a checked part of the file into guest memory.
     *
     * @throws VmmException when the file has shrunk meanwhile
     */
    void copyTo(GuestMemory memory, long address, long position, long length) {
        long read;
        try {
            read = memory.fill(address, length, channel, position);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (read < length) {
            throw new VmmException(name + ": became shorter while it was read; leave the file alone and start again");
        }
    }

    /** The exception for a file that is not what it should be. */
    VmmException refused(String what) {
        return new VmmException(name + ": " + what);
    }

    private VmmException unreadable(IOException e) {
        return new VmmException(name + ": cannot be read: " + FailureReason.of(e), e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
