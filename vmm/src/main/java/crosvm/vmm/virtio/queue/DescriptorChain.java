package crosvm.vmm.virtio.queue;

import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.memory.GuestMemory;

/**
 * The buffers of one request: first those the device reads, then those it writes, every one of them checked to lie in
 * guest memory. Data may be cut into descriptors anywhere (virtio 1.2 §2.7.4.2), so it is addressed by offset into all
 * readable or all writable bytes. Made once and filled again by each {@link SplitQueue#pop}; belongs to the queue's
 * worker thread.
 */
public final class DescriptorChain {
    /** As many descriptors as one chain may have: what the kernel takes in one readv. */
    public static final int MAX_DESCRIPTORS = IoVectors.MAX;

    private final GuestMemory memory;
    private final long[] guest = new long[MAX_DESCRIPTORS];
    private final long[] host = new long[MAX_DESCRIPTORS];
    private final int[] lengths = new int[MAX_DESCRIPTORS];
    private int head;
    private int readable;
    private int count;
    private long readableBytes;
    private long writableBytes;
    private long takenAt;

    DescriptorChain(GuestMemory memory) {
        this.memory = memory;
    }

    void restart(int headDescriptor) {
        head = headDescriptor;
        readable = 0;
        count = 0;
        readableBytes = 0;
        writableBytes = 0;
    }

    void add(long guestAddress, long hostAddress, int length, boolean writable) {
        guest[count] = guestAddress;
        host[count] = hostAddress;
        lengths[count] = length;
        count++;
        if (writable) {
            writableBytes += length;
        } else {
            readable = count;
            readableBytes += length;
        }
    }

    int count() {
        return count;
    }

    void takenAt(long nanoTime) {
        takenAt = nanoTime;
    }

    /** When it was taken, by System.nanoTime, if chains are counted. */
    public long takenAt() {
        return takenAt;
    }

    /** The index of the chain's first descriptor, by which the driver knows it. */
    public int head() {
        return head;
    }

    /** Bytes the driver wrote for the device. */
    public long readableBytes() {
        return readableBytes;
    }

    /** Bytes of room for what the device writes. */
    public long writableBytes() {
        return writableBytes;
    }

    /** Descriptors with bytes for the device to read. */
    public int readableCount() {
        return readable;
    }

    /** Descriptors with room for the device to write. */
    public int writableCount() {
        return count - readable;
    }

    /** The guest address right behind the last readable piece, whether memory is there or not; 0 when there is none. */
    public long readableEnd() {
        return readable == 0 ? 0 : guest[readable - 1] + lengths[readable - 1];
    }

    /** Where the device's {@code i}-th writable piece is in this process. */
    public long writableAddress(int i) {
        return host[readable + i];
    }

    /** Where the device's {@code i}-th writable piece is in guest memory. */
    public long writableGuestAddress(int i) {
        return guest[readable + i];
    }

    /** Bytes of the {@code i}-th writable piece, 1 or more. */
    public int writableLength(int i) {
        return lengths[readable + i];
    }

    /**
     * A little-endian number from the readable bytes.
     *
     * @param offset into the readable bytes
     * @param size 1, 2, 4 or 8
     * @throws QueueBroken when they end before it
     */
    public long getReadable(long offset, int size) throws QueueBroken {
        require(offset, size, readableBytes, "readable");
        int i = 0;
        long at = offset;
        while (at >= lengths[i]) {
            at -= lengths[i++];
        }
        if (at + size <= lengths[i]) {
            long address = guest[i] + at;
            return switch (size) {
                case 1 -> memory.u8(address);
                case 2 -> memory.u16(address);
                case 4 -> memory.u32(address) & 0xffff_ffffL;
                default -> memory.u64(address);
            };
        }
        long value = 0;
        for (int byteIndex = 0; byteIndex < size; byteIndex++) {
            value |= getReadable(offset + byteIndex, 1) << 8 * byteIndex;
        }
        return value;
    }

    /**
     * Writes one byte at {@code offset} into the writable bytes.
     *
     * @throws QueueBroken when there is no room for it
     */
    public void putWritable(long offset, int value) throws QueueBroken {
        require(offset, 1, writableBytes, "writable");
        int i = readable;
        long at = offset;
        while (at >= lengths[i]) {
            at -= lengths[i++];
        }
        memory.putU8(guest[i] + at, value);
    }

    /**
     * Copies {@code length} readable bytes from {@code offset}.
     *
     * @throws QueueBroken when there are fewer
     */
    public void read(long offset, byte[] to, int toOffset, int length) throws QueueBroken {
        require(offset, length, readableBytes, "readable");
        copy(0, offset, to, toOffset, length, false);
    }

    /**
     * Copies {@code length} bytes to {@code offset} of the writable bytes.
     *
     * @throws QueueBroken when they do not fit
     */
    public void write(long offset, byte[] from, int fromOffset, int length) throws QueueBroken {
        require(offset, length, writableBytes, "writable");
        copy(readable, offset, from, fromOffset, length, true);
    }

    private void copy(int first, long offset, byte[] bytes, int at, int length, boolean toGuest) {
        long skip = offset;
        int done = 0;
        for (int i = first; done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int part = (int) Math.min(lengths[i] - skip, length - done);
            if (toGuest) {
                memory.write(guest[i] + skip, bytes, at + done, part);
            } else {
                memory.read(guest[i] + skip, bytes, at + done, part);
            }
            done += part;
            skip = 0;
        }
    }

    /**
     * Appends {@code length} readable bytes from {@code offset} to {@code vectors}, as pieces of guest memory.
     *
     * @throws QueueBroken when there are fewer
     */
    public void addReadable(long offset, long length, IoVectors vectors) throws QueueBroken {
        require(offset, length, readableBytes, "readable");
        pieces(0, offset, length, vectors);
    }

    /**
     * Appends {@code length} writable bytes from {@code offset}.
     *
     * @throws QueueBroken when there are fewer
     */
    public void addWritable(long offset, long length, IoVectors vectors) throws QueueBroken {
        require(offset, length, writableBytes, "writable");
        pieces(readable, offset, length, vectors);
    }

    private void pieces(int first, long offset, long length, IoVectors vectors) {
        long skip = offset;
        long left = length;
        for (int i = first; left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            long part = Math.min(lengths[i] - skip, left);
            vectors.add(host[i] + skip, part);
            left -= part;
            skip = 0;
        }
    }

    private static void require(long offset, long length, long available, String kind) throws QueueBroken {
        if (offset < 0 || length < 0 || offset > available - length) {
            throw new QueueBroken(
                    "a request has " + available + " " + kind + " bytes, needed are " + length + " from " + offset);
        }
    }
}
