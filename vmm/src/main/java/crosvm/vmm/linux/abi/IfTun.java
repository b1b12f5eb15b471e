package crosvm.vmm.linux.abi;

/** Taps (linux/if_tun.h): packets of the host's network as reads and writes of {@code /dev/net/tun}. */
public final class IfTun {
    private static final int TYPE = 'T';

    public static final Ioctl TUNSETIFF = Ioctl.write("TUNSETIFF", TYPE, 202, 4);
    public static final Ioctl TUNSETOFFLOAD = Ioctl.write("TUNSETOFFLOAD", TYPE, 208, 4);
    public static final Ioctl TUNSETVNETHDRSZ = Ioctl.write("TUNSETVNETHDRSZ", TYPE, 216, 4);
    public static final Ioctl TUNSETQUEUE = Ioctl.write("TUNSETQUEUE", TYPE, 217, 4);

    public static final int IFF_TAP = 0x0002;
    public static final int IFF_MULTI_QUEUE = 0x0100;
    public static final int IFF_ATTACH_QUEUE = 0x0200;
    public static final int IFF_DETACH_QUEUE = 0x0400;
    public static final int IFF_NO_PI = 0x1000;
    public static final int IFF_VNET_HDR = 0x4000;

    /** The reader takes packets whose checksum is still to be filled in. */
    public static final int TUN_F_CSUM = 0x01;
    /** The reader takes TCP over IPv4 in packets of up to 64 KiB, still to be cut into segments. */
    public static final int TUN_F_TSO4 = 0x02;
    /** The same over IPv6. */
    public static final int TUN_F_TSO6 = 0x04;
    /** Segments may carry ECN's CWR bit. */
    public static final int TUN_F_TSO_ECN = 0x08;

    private IfTun() {}
}
