package crosvm.vmm.virtio;

/** The feature bits that belong to no device in particular (virtio 1.2 §6), as masks. */
public final class Feature {
    /** VIRTIO_F_RING_INDIRECT_DESC: a descriptor may refer to a table of descriptors. */
    public static final long INDIRECT_DESC = 1L << 28;
    /** VIRTIO_F_RING_EVENT_IDX: each side says at which index it wants to be notified. */
    public static final long EVENT_IDX = 1L << 29;
    /** VIRTIO_F_VERSION_1: the modern interface, which is the only one here. */
    public static final long VERSION_1 = 1L << 32;
    /** VIRTIO_F_RING_RESET: queues can be reset one by one. */
    public static final long RING_RESET = 1L << 40;

    private Feature() {}

    /** Whether {@code features} holds all bits of {@code mask}. */
    public static boolean has(long features, long mask) {
        return (features & mask) == mask;
    }
}
