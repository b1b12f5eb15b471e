package crosvm.vmm.metrics;

import java.util.List;

/**
 * What a device has done since the machine's start.
 *
 * @param id as the spec names it: {@code root}
 * @param kind the word for its kind: {@code blk}
 * @param traffic what passes through it
 * @param failed whether it has failed for good: a disk that has lost data
 * @param queues in order; empty where the kernel or another program moves the data and nobody of ours counts
 */
public record DeviceStats(String id, String kind, Traffic traffic, boolean failed, List<QueueStats> queues) {
    /** Copies the list. */
    public DeviceStats {
        queues = List.copyOf(queues);
    }

    /** What the guest got: bytes read from a disk, or received from a network, without headers. */
    public long bytesToGuest() {
        return queues.stream().mapToLong(traffic::toGuest).sum();
    }

    /** What the guest gave: bytes written to a disk, or sent to a network, without headers. */
    public long bytesFromGuest() {
        return queues.stream().mapToLong(traffic::fromGuest).sum();
    }
}
