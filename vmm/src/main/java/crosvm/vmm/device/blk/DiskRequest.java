package crosvm.vmm.device.blk;

import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;

/**
 * A request from its taking from the queue to its giving back, with all that is needed of it in between, for the driver may
 * write into its descriptors meanwhile. Used again and again. Belongs to the queue's worker, but to whoever runs it while it
 * is with a {@link RequestRunner}.
 */
final class DiskRequest {
    private final int index;
    private final BlkRequest asked = new BlkRequest();
    private final IoVectors vectors;
    private final DoneRequests done;
    private int head;
    private long takenAt;
    private long readableBytes;
    private long writableBytes;
    private long statusAddress;
    private boolean durable;
    private long position;
    private int status;

    /**
     * @param index by which its table knows it
     * @param vectors for its data
     * @param done where it goes when another thread has run it
     */
    DiskRequest(int index, IoVectors vectors, DoneRequests done) {
        this.index = index;
        this.vectors = vectors;
        this.done = done;
    }

    /**
     * Takes over what the driver has made available.
     *
     * @param writeThrough whether what it writes must be on stable storage when it is done
     * @throws QueueBroken when there is no header or no place for a status
     */
    void take(DescriptorChain chain, BlockFile disk, boolean writeThrough) throws QueueBroken {
        asked.parse(chain, disk.sectors(), disk.readOnly());
        head = chain.head();
        takenAt = chain.takenAt();
        readableBytes = chain.readableBytes();
        writableBytes = chain.writableBytes();
        int last = chain.writableCount() - 1;
        statusAddress = chain.writableGuestAddress(last) + chain.writableLength(last) - 1;
        status = asked.verdict();
        position = asked.offset();
        durable = writeThrough && (asked.type() == BlkRequest.OUT || asked.type() == BlkRequest.WRITE_ZEROES);
        vectors.clear();
        if (status == BlkRequest.OK && asked.type() == BlkRequest.IN) {
            chain.addWritable(0, asked.length(), vectors);
        } else if (status == BlkRequest.OK && asked.type() == BlkRequest.OUT) {
            chain.addReadable(BlkRequest.HEADER, asked.length(), vectors);
        }
    }

    int index() {
        return index;
    }

    /** What the driver wants. */
    BlkRequest asked() {
        return asked;
    }

    /** What is left to be moved of an IN's or OUT's data. */
    IoVectors vectors() {
        return vectors;
    }

    /** Where on the disk the rest of the data is, in bytes. */
    long position() {
        return position;
    }

    /** So many bytes have been moved. */
    void moved(long bytes) {
        vectors.advance(bytes);
        position += bytes;
    }

    boolean isRead() {
        return asked.type() == BlkRequest.IN;
    }

    /** Whether it moves data between the disk and the guest, and there is some. */
    boolean movesData() {
        return status == BlkRequest.OK && vectors.bytes() > 0;
    }

    /** Whether it is done only when what it has written is on stable storage. */
    boolean isDurable() {
        return durable;
    }

    /** {@link BlkRequest#OK} and the like, as far as is known. */
    int status() {
        return status;
    }

    void end(int newStatus) {
        status = newStatus;
    }

    /** Gives it back to its queue's worker, from another thread. */
    void handBack() {
        done.add(this);
    }

    int head() {
        return head;
    }

    /** When it was taken, by System.nanoTime; 0 when nobody counts. */
    long takenAt() {
        return takenAt;
    }

    long readableBytes() {
        return readableBytes;
    }

    /** Bytes that the device has written when the request has ended as it has: its data, and the status in any case. */
    long writtenBytes() {
        return isRead() && status == BlkRequest.OK ? writableBytes : 1;
    }

    /** Where in guest memory the status belongs. */
    long statusAddress() {
        return statusAddress;
    }
}
