package crosvm.vmm.device.net;

/** Sizes of what travels on the queues, and how many at a time: a header, then an Ethernet frame (virtio 1.2 §5.1.6). */
final class Frame {
    /** struct virtio_net_hdr with num_buffers, as VERSION_1 has it always. */
    static final int HEADER = 12;
    /** Offset of num_buffers, 16 bits. */
    static final int NUM_BUFFERS = 10;
    /** Two addresses and a type. */
    static final int ETHERNET = 14;
    /** The largest frame there is, header included: a packet of 64 KiB behind an Ethernet header with two VLAN tags. */
    static final int MAX_SIZE = HEADER + ETHERNET + 8 + (64 << 10);

    /** Buffers after which the driver is told, all at once, while there are more frames. */
    static final int BATCH = 32;

    private Frame() {}
}
