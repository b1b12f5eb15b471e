package crosvm.runner.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/** A new file that has holes where there is nothing but zeros. Owned by one thread. */
public final class SparseFile implements AutoCloseable {
    private static final int BLOCK = 4096;

    private final FileChannel channel;
    private final byte[] zeros = new byte[BLOCK];
    private long size;

    /** Creates it, in place of what has its name. */
    public SparseFile(Path path) throws IOException {
        channel = FileChannel.open(
                path,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Puts bytes behind the last ones; zeros become a hole. */
    public void append(byte[] bytes, int length) throws IOException {
        int from = 0;
        while (from < length) {
            int to = from;
            boolean zero = isZero(bytes, from, length);
            while (to < length && isZero(bytes, to, length) == zero) {
                to = Math.min(length, to + BLOCK);
            }
            if (!zero) {
                write(ByteBuffer.wrap(bytes, from, to - from), size + from);
            }
            from = to;
        }
        size += length;
    }

    private boolean isZero(byte[] bytes, int from, int length) {
        int to = Math.min(length, from + BLOCK);
        return Arrays.equals(bytes, from, to, zeros, 0, to - from);
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Gives it its full length; all of it is on the disk when this returns. */
    public void finish() throws IOException {
        if (channel.size() < size) {
            write(ByteBuffer.allocate(1), size - 1);
        }
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
