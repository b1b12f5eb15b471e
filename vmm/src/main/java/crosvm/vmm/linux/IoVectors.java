package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;

/**
 * A reusable list of memory pieces for one vectored read or write ({@code struct iovec}, readv(2)), so that data moves
 * between a file and guest pages in one system call and without a copy. Allocates nothing once made. Not thread-safe.
 */
public final class IoVectors {
    /** UIO_MAXIOV: as many as the kernel takes in one call. */
    public static final int MAX = 1024;

    private static final int ENTRY = 16;
    private static final int LENGTH = 8;

    /** Bytes of a list of {@value #MAX} pieces. */
    public static final int MAX_BYTES = MAX * ENTRY;

    private final long address;
    private final ByteBuffer entries;
    private final int capacity;
    private int first;
    private int end;
    private long bytes;

    /** @param capacity pieces, 1 to {@value #MAX} */
    public IoVectors(int capacity) {
        if (capacity < 1 || capacity > MAX) {
            throw new IllegalArgumentException(capacity + " iovecs");
        }
        this.capacity = capacity;
        NativeBuffer memory = NativeBuffer.allocate(capacity * ENTRY);
        address = memory.address();
        entries = memory.bytes(); // Keeps the memory.
    }

    private IoVectors(Mapping memory, long offset) {
        capacity = MAX;
        address = memory.address() + offset;
        entries = memory.buffer(offset, MAX_BYTES);
    }

    /**
     * A list of {@value #MAX} pieces in memory that is mapped for as long as the list is used: where there are many, of which
     * most stay short, only the pages that are used are taken.
     *
     * @param offset of its {@value #MAX_BYTES} bytes
     */
    public static IoVectors in(Mapping memory, long offset) {
        return new IoVectors(memory, offset);
    }

    public void clear() {
        first = 0;
        end = 0;
        bytes = 0;
    }

    /**
     * @param hostAddress of memory that stays mapped until the transfer is over
     * @param length bytes, 0 or more
     * @throws IllegalStateException when full
     */
    public void add(long hostAddress, long length) {
        if (end == capacity) {
            throw new IllegalStateException("more than " + capacity + " iovecs");
        }
        entries.putLong(end * ENTRY, hostAddress);
        entries.putLong(end * ENTRY + LENGTH, length);
        end++;
        bytes += length;
    }

    public int count() {
        return end - first;
    }

    /** Bytes not transferred yet. */
    public long bytes() {
        return bytes;
    }

    /** Whether all addresses are multiples of {@code memory} and all lengths of {@code length}, powers of two. */
    boolean isAligned(int memory, int length) {
        long addresses = 0;
        long lengths = 0;
        for (int i = first; i < end; i++) {
            addresses |= entries.getLong(i * ENTRY);
            lengths |= entries.getLong(i * ENTRY + LENGTH);
        }
        return (addresses & memory - 1) == 0 && (lengths & length - 1) == 0;
    }

    /** Copies the first {@code count} of the bytes that are left to memory at {@code to}. */
    public void copyTo(long to, long count) {
        copy(to, count, false);
    }

    /** Copies memory at {@code from} to the first {@code count} of the bytes that are left. */
    public void copyFrom(long from, long count) {
        copy(from, count, true);
    }

    private void copy(long other, long count, boolean here) {
        long done = 0;
        for (int i = first; i < end && done < count; i++) {
            long piece = entries.getLong(i * ENTRY);
            long length = Math.min(count - done, entries.getLong(i * ENTRY + LENGTH));
            LibC.memcpy(here ? piece : other + done, here ? other + done : piece, length);
            done += length;
        }
    }

    /** Takes {@code done} bytes, which have been transferred, off the front. */
    public void advance(long done) {
        bytes -= done;
        long left = done;
        while (first < end) {
            int at = first * ENTRY;
            long length = entries.getLong(at + LENGTH);
            if (left < length) {
                entries.putLong(at, entries.getLong(at) + left);
                entries.putLong(at + LENGTH, length - left);
                return;
            }
            left -= length;
            first++;
        }
    }

    /** preadv(2) once: bytes read (perhaps fewer than asked), 0 at the file's end, or the negative errno. */
    public long readAt(Fd file, long offset) {
        return result(LibC.preadv(file.number(), head(), count(), offset));
    }

    /** pwritev(2) once: bytes written (perhaps fewer than asked), or the negative errno. */
    public long writeAt(Fd file, long offset) {
        return result(LibC.pwritev(file.number(), head(), count(), offset));
    }

    /** readv(2) once, as {@link #readAt}. */
    public long read(Fd file) {
        return result(LibC.readv(file.number(), head(), count()));
    }

    /** writev(2) once, as {@link #writeAt}. */
    public long write(Fd file) {
        return result(LibC.writev(file.number(), head(), count()));
    }

    long head() {
        return address + (long) first * ENTRY;
    }

    private static long result(long result) {
        return result < 0 ? -LibC.errno() : result;
    }
}
