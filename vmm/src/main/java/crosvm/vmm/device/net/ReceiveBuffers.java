package crosvm.vmm.device.net;

import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * Buffers the driver has made available for received frames, taken from the ring ahead of them: how long a frame is shows
 * only when it is there, and then it must fit. Addressed by offset into all of them. Belongs to the queue's worker;
 * allocates nothing once made.
 */
final class ReceiveBuffers {
    /** What one readv takes, less a place for what does not fit. */
    private static final int MAX_PIECES = IoVectors.MAX - 1;

    private final int[] heads = new int[MAX_PIECES];
    private final int[] chainBytes = new int[MAX_PIECES];
    private final int[] chainPieces = new int[MAX_PIECES];
    private final long[] guest = new long[MAX_PIECES];
    private final long[] host = new long[MAX_PIECES];
    private final int[] lengths = new int[MAX_PIECES];
    private int chains;
    private int pieces;
    private int bytes;

    /** Bytes of room in all of them. */
    int bytes() {
        return bytes;
    }

    int chains() {
        return chains;
    }

    /**
     * Takes one more from the ring. One without room for anything just goes back.
     *
     * @return false when there is none, or no place for it here
     */
    boolean take(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            boolean useless = chain.writableCount() == 0;
            if (chains > 0 && (useless || pieces + chain.writableCount() > MAX_PIECES)) {
                ring.undoPop(); // Its turn comes when these have gone; undo() counts on nothing between them.
                return false;
            }
            if (!useless) {
                keep(chain);
                return true;
            }
            ring.push(0);
        }
        return false;
    }

    private void keep(DescriptorChain chain) {
        int count = Math.min(chain.writableCount(), MAX_PIECES);
        int room = 0;
        for (int i = 0; i < count; i++) {
            // More than a frame ever needs is not touched; so the sum stays an int.
            int length = Math.min(chain.writableLength(i), Frame.MAX_SIZE);
            guest[pieces] = chain.writableGuestAddress(i);
            host[pieces] = chain.writableAddress(i);
            lengths[pieces++] = length;
            room += length;
        }
        heads[chains] = chain.head();
        chainBytes[chains] = room;
        chainPieces[chains++] = count;
        bytes += room;
    }

    /** Appends {@code length} bytes from {@code offset} to {@code vectors}. */
    void addTo(IoVectors vectors, int offset, int length) {
        int skip = offset;
        int left = length;
        for (int i = 0; left > 0; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int part = Math.min(lengths[i] - skip, left);
            vectors.add(host[i] + skip, part);
            left -= part;
            skip = 0;
        }
    }

    /** Writes one byte at {@code offset}, which lies inside {@link #bytes()}. */
    void put(GuestMemory memory, int offset, int value) {
        int i = 0;
        int at = offset;
        while (at >= lengths[i]) {
            at -= lengths[i++];
        }
        memory.putU8(guest[i] + at, value);
    }

    /** Writes {@code length} bytes from {@code offset} on, all inside {@link #bytes()}. */
    void write(GuestMemory memory, int offset, byte[] from, int length) {
        int skip = offset;
        int done = 0;
        for (int i = 0; done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int part = Math.min(lengths[i] - skip, length - done);
            memory.write(guest[i] + skip, from, done, part);
            done += part;
            skip = 0;
        }
    }

    /** Chains that the first {@code length} bytes lie in. */
    int chainsFor(int length) {
        int count = 0;
        for (int left = length; left > 0; left -= chainBytes[count++]) {
            // Just counting.
        }
        return count;
    }

    /** Stages the buffers in which the first {@code length} bytes lie, filled, for the driver. */
    void deliver(SplitQueue ring, int length) {
        int left = length;
        int count = 0;
        int used = 0;
        while (left > 0) {
            int filled = Math.min(left, chainBytes[count]);
            ring.stage(heads[count], filled);
            left -= filled;
            bytes -= chainBytes[count];
            used += chainPieces[count++];
        }
        chains -= count;
        pieces -= used;
        System.arraycopy(heads, count, heads, 0, chains);
        System.arraycopy(chainBytes, count, chainBytes, 0, chains);
        System.arraycopy(chainPieces, count, chainPieces, 0, chains);
        System.arraycopy(guest, used, guest, 0, pieces);
        System.arraycopy(host, used, host, 0, pieces);
        System.arraycopy(lengths, used, lengths, 0, pieces);
    }

    /** Makes all of them available again, as if they had not been taken. */
    void undo(SplitQueue ring) {
        for (; chains > 0; chains--) {
            ring.undoPop();
        }
        pieces = 0;
        bytes = 0;
    }
}
