package crosvm.vmm.virtio.queue;

/**
 * A split virtqueue's place in guest memory, as the driver or a vhost-user front-end sets it. Nothing is checked yet:
 * {@link SplitQueue} does.
 *
 * @param size number of descriptors
 * @param descriptors guest-physical address of the descriptor table
 * @param available guest-physical address of the available (driver) ring
 * @param used guest-physical address of the used (device) ring
 * @param lastAvailable the available ring's index from which to go on: 0, or what a stop answered
 */
public record Vring(int size, long descriptors, long available, long used, int lastAvailable) {}
