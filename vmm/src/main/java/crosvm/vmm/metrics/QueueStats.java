package crosvm.vmm.metrics;

import java.util.List;

/**
 * What a virtqueue has done since the machine's start. In a jailed device's process these are the process's word.
 *
 * @param name of the queue, as the device graph has it: {@code requestq}
 * @param requests chains given back to the driver
 * @param readBytes bytes the device was given, headers included
 * @param writtenBytes bytes the device gave, status bytes included
 * @param nanoseconds the device took for all of them together
 * @param buckets how many took at most 2^index µs and more than the bucket before; the last one: longer than all bounds
 */
public record QueueStats(
        String name, long requests, long readBytes, long writtenBytes, long nanoseconds, List<Long> buckets) {
    /** Copies the list. */
    public QueueStats {
        buckets = List.copyOf(buckets);
    }
}
