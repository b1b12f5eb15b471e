package crosvm.vmm.graph;

/**
 * A virtqueue.
 *
 * @param name what virtio calls it: {@code receiveq1}
 * @param size the most entries it may have, a power of two
 */
public record QueuePlan(String name, int size) {}
