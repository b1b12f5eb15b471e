package crosvm.vmm.metrics;

import java.util.List;

/**
 * What a device has done since the machine's start.
 *
 * @param id as the spec names it: {@code root}
 * @param kind the catalog's word: {@code blk}
 * @param failed whether it has failed for good: a disk that has lost data
 * @param queues in order; empty where the kernel or another program moves the data and nobody of ours counts
 */
public record DeviceStats(String id, String kind, boolean failed, List<QueueStats> queues) {
    /** The header of a request of virtio-blk (virtio 1.2 §5.2.6) and its status byte. */
    private static final int BLK_HEADER = 16;

    private static final int BLK_STATUS = 1;

    /** struct virtio_net_hdr with num_buffers (virtio 1.2 §5.1.6). */
    private static final int NET_HEADER = 12;

    /** Copies the list. */
    public DeviceStats {
        queues = List.copyOf(queues);
    }

    public boolean isDisk() {
        return kind.equals("blk");
    }

    public boolean isNetwork() {
        return kind.equals("net");
    }

    /** What the guest got: bytes read from a disk, or received from a network, without headers. */
    public long bytesToGuest() {
        return queues.stream()
                .filter(queue -> !isNetwork() || queue.name().startsWith("receiveq"))
                .mapToLong(queue -> net(queue.writtenBytes(), queue, isDisk() ? BLK_STATUS : NET_HEADER))
                .sum();
    }

    /** What the guest gave: bytes written to a disk, or sent to a network, without headers. */
    public long bytesFromGuest() {
        return queues.stream()
                .filter(queue -> !isNetwork() || queue.name().startsWith("transmitq"))
                .mapToLong(queue -> net(queue.readBytes(), queue, isDisk() ? BLK_HEADER : NET_HEADER))
                .sum();
    }

    private static long net(long bytes, QueueStats queue, int header) {
        return Math.max(0, bytes - queue.requests() * header);
    }
}
