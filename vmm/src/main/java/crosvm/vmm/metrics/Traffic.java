package crosvm.vmm.metrics;

/** What passes through a device as people count it: the guest's data, without headers. */
public enum Traffic {
    /** Nothing that anybody would count in bytes. */
    NONE(0, 0, "", ""),
    /** Requests of a disk: header and data, then data and a status byte (virtio 1.2 §5.2.6). */
    DISK(1, 16, "", ""),
    /** Frames behind struct virtio_net_hdr with num_buffers (virtio 1.2 §5.1.6), on queues for each way. */
    NETWORK(12, 12, "receiveq", "transmitq");

    private final int overheadToGuest;
    private final int overheadFromGuest;
    private final String queuesToGuest;
    private final String queuesFromGuest;

    Traffic(int overheadToGuest, int overheadFromGuest, String queuesToGuest, String queuesFromGuest) {
        this.overheadToGuest = overheadToGuest;
        this.overheadFromGuest = overheadFromGuest;
        this.queuesToGuest = queuesToGuest;
        this.queuesFromGuest = queuesFromGuest;
    }

    /** Data bytes the guest got over this queue. */
    long toGuest(QueueStats queue) {
        return queue.name().startsWith(queuesToGuest) ? net(queue.writtenBytes(), queue, overheadToGuest) : 0;
    }

    /** Data bytes the guest gave over this queue. */
    long fromGuest(QueueStats queue) {
        return queue.name().startsWith(queuesFromGuest) ? net(queue.readBytes(), queue, overheadFromGuest) : 0;
    }

    private static long net(long bytes, QueueStats queue, int overhead) {
        return Math.max(0, bytes - queue.requests() * overhead);
    }
}
