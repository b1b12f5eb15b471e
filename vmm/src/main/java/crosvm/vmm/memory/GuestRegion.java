package crosvm.vmm.memory;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Mapping;
import java.nio.ByteBuffer;

/**
 * One contiguous piece of guest memory: where the guest sees it and the descriptor and offset others can map it from.
 * Immutable; the mapping belongs to the {@link GuestMemory} that made it.
 */
public final class GuestRegion {
    static final int CHUNK_SHIFT = 30;
    static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

    final long start;
    final long size;
    final long hostAddress;
    final ByteBuffer[] chunks;
    private final Fd file;
    private final long fileOffset;

    GuestRegion(long start, Mapping mapping, Fd file, long fileOffset) {
        this.start = start;
        this.size = mapping.size();
        this.hostAddress = mapping.address();
        this.file = file;
        this.fileOffset = fileOffset;
        this.chunks = new ByteBuffer[(int) ((size + CHUNK_MASK) >>> CHUNK_SHIFT)];
        for (int i = 0; i < chunks.length; i++) {
            long offset = (long) i << CHUNK_SHIFT;
            chunks[i] = mapping.buffer(offset, Math.min(size - offset, 1L << CHUNK_SHIFT));
        }
    }

    /** Guest-physical address of the first byte. */
    public long guestAddress() {
        return start;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /** Address of the first byte in this process, a multiple of 2 MiB for memory of our own making. */
    public long hostAddress() {
        return hostAddress;
    }

    public Fd file() {
        return file;
    }

    /** Where in {@link #file()} the region starts, in bytes. */
    public long fileOffset() {
        return fileOffset;
    }

    boolean contains(long address, long length) {
        long offset = address - start;
        return offset >= 0 && length >= 0 && length <= size && offset <= size - length;
    }
}
