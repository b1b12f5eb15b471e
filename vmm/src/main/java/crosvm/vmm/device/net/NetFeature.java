package crosvm.vmm.device.net;

import crosvm.vmm.linux.abi.IfTun;
import crosvm.vmm.virtio.Feature;

/** virtio-net's own feature bits (virtio 1.2 §5.1.3), as masks, and what they mean to a tap. */
final class NetFeature {
    /** The device takes frames whose checksum is not filled in. */
    static final long CSUM = 1L << 0;
    /** The driver takes such frames. */
    static final long GUEST_CSUM = 1L << 1;
    /** The driver may change its mind about what it takes, by the control queue. */
    static final long CTRL_GUEST_OFFLOADS = 1L << 2;

    static final long MTU = 1L << 3;
    static final long MAC = 1L << 5;
    /** The driver takes frames of 64 KiB to be cut into segments ({@code HOST_}: the device does). */
    static final long GUEST_TSO4 = 1L << 7;

    static final long GUEST_TSO6 = 1L << 8;
    static final long GUEST_ECN = 1L << 9;
    static final long HOST_TSO4 = 1L << 11;
    static final long HOST_TSO6 = 1L << 12;
    static final long HOST_ECN = 1L << 13;
    /** A frame may be spread over several buffers. */
    static final long MRG_RXBUF = 1L << 15;

    static final long STATUS = 1L << 16;
    static final long CTRL_VQ = 1L << 17;
    static final long MQ = 1L << 22;

    /** Those which say what the driver takes, and which CTRL_GUEST_OFFLOADS switches. */
    static final long GUEST_OFFLOADS = GUEST_CSUM | GUEST_TSO4 | GUEST_TSO6 | GUEST_ECN;

    private NetFeature() {}

    /** What a tap may leave undone for a driver that takes {@code features}. */
    static int tapOffloads(long features) {
        if (!Feature.has(features, GUEST_CSUM)) {
            return 0; // The rest builds on it (virtio 1.2 §5.1.3.1), and the kernel refuses it alone.
        }
        int offloads = IfTun.TUN_F_CSUM;
        boolean segments = false;
        if (Feature.has(features, GUEST_TSO4)) {
            offloads |= IfTun.TUN_F_TSO4;
            segments = true;
        }
        if (Feature.has(features, GUEST_TSO6)) {
            offloads |= IfTun.TUN_F_TSO6;
            segments = true;
        }
        return segments && Feature.has(features, GUEST_ECN) ? offloads | IfTun.TUN_F_TSO_ECN : offloads;
    }
}
