package crosvm.vmm.linux.abi;

/** Network interfaces as ioctls on any socket see them (net/if.h, linux/sockios.h, netinet/in.h; netdevice(7)). */
public final class NetInterface {
    private static final int IFREQ_SIZE = 40;
    private static final int UNION = 16;

    private static final Struct.Builder REQUEST = Struct.named("ifreq");
    /** The interface's name, zero-terminated. */
    public static final Field NAME = REQUEST.array("ifr_name", 1, 16);
    /** What to set or what was got, one of these. */
    public static final Field FLAGS = REQUEST.at("ifr_flags", UNION, 2, 1);

    public static final Field MTU = REQUEST.at("ifr_mtu", UNION, 4, 1);
    /** A sockaddr; IPv4's is {@link #SOCKADDR_IN}. */
    public static final Field ADDR = REQUEST.at("ifr_addr", UNION, 1, 16);

    public static final Struct IFREQ = REQUEST.build(IFREQ_SIZE);

    private static final Struct.Builder IPV4 = Struct.named("sockaddr_in");
    public static final Field SIN_FAMILY = IPV4.u16("sin_family");
    /** Big-endian. */
    public static final Field SIN_PORT = IPV4.u16("sin_port");
    /** Four bytes, as they are written. */
    public static final Field SIN_ADDR = IPV4.nested("sin_addr", 4, 4);

    public static final Struct SOCKADDR_IN = IPV4.build(16);

    public static final Ioctl SIOCGIFFLAGS = new Ioctl("SIOCGIFFLAGS", 0x8913);
    public static final Ioctl SIOCSIFFLAGS = new Ioctl("SIOCSIFFLAGS", 0x8914);
    public static final Ioctl SIOCSIFADDR = new Ioctl("SIOCSIFADDR", 0x8916);
    public static final Ioctl SIOCSIFNETMASK = new Ioctl("SIOCSIFNETMASK", 0x891c);
    public static final Ioctl SIOCGIFMTU = new Ioctl("SIOCGIFMTU", 0x8921);
    public static final Ioctl SIOCSIFMTU = new Ioctl("SIOCSIFMTU", 0x8922);

    public static final int IFNAMSIZ = 16;
    public static final int IFF_UP = 0x1;
    public static final int AF_INET = 2;
    public static final int SOCK_DGRAM = 2;

    private NetInterface() {}
}
