package crosvm.vmm.linux;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.IfTun;
import crosvm.vmm.linux.abi.NetInterface;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tap: a network interface of the host whose cable ends here. One descriptor for each of its queues, non-blocking; every
 * read or write is one frame behind a virtio_net_hdr of {@value #HEADER} bytes. One that we made is gone with its last
 * descriptor; one that was there stays. Owned by the thread that opens it; the descriptors may be used by any.
 */
public final class Tap implements AutoCloseable {
    /** Bytes of the header before each frame: virtio_net_hdr_v1, num_buffers (for the reader to fill in) at its end. */
    public static final int HEADER = 12;

    /** What new taps are called; the kernel puts the first free number in. */
    public static final String NEW_NAME = "vmtap%d";

    private static final String NODE = "/dev/net/tun";
    private static final String IN_USE =
            "is in use by another program. Stop that, or give this machine a tap of its own";
    private static final int FLAGS = IfTun.IFF_TAP | IfTun.IFF_NO_PI | IfTun.IFF_VNET_HDR;

    private final String name;
    private final List<Fd> queues;

    private Tap(String name, List<Fd> queues) {
        this.name = name;
        this.queues = List.copyOf(queues);
    }

    /**
     * Makes a tap, down and without an address.
     *
     * @param queueCount 1 or more; all but the first are detached
     * @throws ErrnoException naming the node and errno: EPERM without CAP_NET_ADMIN
     */
    public static Tap create(int queueCount) {
        return open(NEW_NAME, queueCount, queueCount > 1);
    }

    /**
     * Attaches to a tap that is there.
     *
     * @param queueCount 1 or more; all but the first are detached
     * @throws VmmException saying what is wrong with it and what to do
     */
    public static Tap attach(String name, int queueCount) {
        request(name); // Too long a name cannot exist, and there is no use in saying how to make it.
        int flags = tunFlags(name);
        boolean many = (flags & IfTun.IFF_MULTI_QUEUE) != 0;
        if (queueCount > 1 && !many) {
            throw new VmmException("tap " + name + " has a single queue, and " + queueCount
                    + " are requested. Recreate it: ip tuntap add " + name + " mode tap multi_queue user "
                    + System.getProperty("user.name") + ", or set queues: 1");
        }
        if (many && isConnected(name)) {
            throw new VmmException("tap " + name + ": " + IN_USE); // The kernel would let us in as one more queue.
        }
        try {
            return open(name, queueCount, many);
        } catch (ErrnoException e) {
            throw new VmmException("tap " + name + ": " + advice(name, e), e);
        }
    }

    /** The flags of an existing tap, looked up so that a name that does not exist is not made. */
    private static int tunFlags(String name) {
        Path folder = Path.of("/sys/class/net", name);
        if (!Files.exists(folder)) {
            throw new VmmException("tap " + name + " does not exist. Create it: ip tuntap add " + name
                    + " mode tap user " + System.getProperty("user.name")
                    + ", or have one created: hostIp and netmask instead of tap");
        }
        int flags;
        try {
            flags = Integer.decode(Files.readString(folder.resolve("tun_flags")).trim());
        } catch (IOException | NumberFormatException e) {
            throw new VmmException(name + " is a network interface, but not a tap. Name a tap, such as one made by:"
                    + " ip tuntap add NAME mode tap user " + System.getProperty("user.name"));
        }
        if ((flags & IfTun.IFF_TAP) == 0) {
            throw new VmmException(name + " is a tun, which carries packets without Ethernet headers. Create a tap: ip"
                    + " tuntap add NAME mode tap user " + System.getProperty("user.name"));
        }
        return flags;
    }

    /** Whether somebody has the other end; unknown, so no, while the interface is down. */
    private static boolean isConnected(String name) {
        try {
            return Files.readString(Path.of("/sys/class/net", name, "carrier")).startsWith("1");
        } catch (IOException e) {
            return false;
        }
    }

    private static String advice(String name, ErrnoException e) {
        return switch (e.errno()) {
            case EBUSY -> IN_USE;
            case EPERM ->
                "belongs to another user. Transfer it to this one: ip tuntap del " + name + " mode tap; ip tuntap add "
                        + name + " mode tap user " + System.getProperty("user.name");
            default -> String.valueOf(e.getMessage());
        };
    }

    private static Tap open(String name, int queueCount, boolean multiQueue) {
        List<Fd> queues = new ArrayList<>();
        String actual = name;
        try {
            for (int i = 0; i < queueCount; i++) {
                Fd queue = node();
                queues.add(queue);
                NativeBuffer request = request(actual);
                NetInterface.FLAGS.set(request.bytes(), FLAGS | (multiQueue ? IfTun.IFF_MULTI_QUEUE : 0));
                queue.ioctl(IfTun.TUNSETIFF, request);
                actual = nameIn(request);
                NativeBuffer size = NativeBuffer.allocate(Integer.BYTES);
                size.bytes().putInt(0, HEADER);
                queue.ioctl(IfTun.TUNSETVNETHDRSZ, size);
                if (i > 0) {
                    setAttached(queue, false);
                }
            }
            return new Tap(actual, queues);
        } catch (RuntimeException e) {
            queues.forEach(Fd::close);
            throw e;
        }
    }

    private static Fd node() {
        try {
            return Fd.open(NODE, Fd.O_RDWR | Fd.O_NONBLOCK);
        } catch (ErrnoException e) {
            throw switch (e.errno()) {
                case ENOENT, ENODEV, ENXIO ->
                    new VmmException(
                            e.getMessage() + ". This host has no tap support. Load the kernel module: modprobe tun;"
                                    + " or use user: true, which needs none",
                            e);
                case EACCES, EPERM ->
                    new VmmException(
                            e.getMessage() + ". Let your user open it: chmod 0666 " + NODE
                                    + " (what may be done with it is checked afterwards), or use user: true",
                            e);
                default -> e;
            };
        }
    }

    private static NativeBuffer request(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= NetInterface.IFNAMSIZ) {
            throw new VmmException("tap " + name + ": the name of a network interface has at most "
                    + (NetInterface.IFNAMSIZ - 1) + " bytes, this one has " + bytes.length);
        }
        NativeBuffer request = NativeBuffer.of(NetInterface.IFREQ);
        request.bytes().put(NetInterface.NAME.offset(), bytes);
        return request;
    }

    private static String nameIn(NativeBuffer request) {
        byte[] bytes = new byte[NetInterface.IFNAMSIZ];
        request.bytes().get(NetInterface.NAME.offset(), bytes);
        return new String(bytes, StandardCharsets.UTF_8).replaceFirst("\0.*", "");
    }

    /** As the kernel knows it. */
    public String name() {
        return name;
    }

    /** One descriptor for each queue, this object's. */
    public List<Fd> queues() {
        return queues;
    }

    /**
     * Gives the host an address on it and connects it.
     *
     * @throws ErrnoException naming the tap: EPERM as for making one
     */
    public void configure(int address, int netmask) {
        try (Fd socket = socket()) {
            NativeBuffer request = request(name);
            NetInterface.ADDR.set(request.bytes(), 0, 0, NetInterface.AF_INET);
            request.bytes().putInt(ipv4At(), Integer.reverseBytes(address));
            socket.ioctl(NetInterface.SIOCSIFADDR, request);
            request.bytes().putInt(ipv4At(), Integer.reverseBytes(netmask));
            socket.ioctl(NetInterface.SIOCSIFNETMASK, request);
            request = request(name);
            socket.ioctl(NetInterface.SIOCGIFFLAGS, request);
            NetInterface.FLAGS.set(request.bytes(), NetInterface.FLAGS.get(request.bytes()) | NetInterface.IFF_UP);
            socket.ioctl(NetInterface.SIOCSIFFLAGS, request);
        }
    }

    private static int ipv4At() {
        return NetInterface.ADDR.offset() + NetInterface.SIN_ADDR.offset();
    }

    private Fd socket() {
        int number = ErrnoException.check(
                LibC.socket(NetInterface.AF_INET, NetInterface.SOCK_DGRAM | Fd.O_CLOEXEC, 0),
                "tap " + name + ": socket");
        return Fd.owning(number, "tap " + name);
    }

    /** Bytes of the largest packet, Ethernet header not counted. */
    public int mtu() {
        try (Fd socket = socket()) {
            NativeBuffer request = request(name);
            socket.ioctl(NetInterface.SIOCGIFMTU, request);
            return (int) NetInterface.MTU.get(request.bytes());
        }
    }

    /**
     * Sets the largest packet.
     *
     * @param bytes 68 to 65,521
     * @throws ErrnoException naming the tap: EPERM as for making one
     */
    public void setMtu(int bytes) {
        try (Fd socket = socket()) {
            NativeBuffer request = request(name);
            NetInterface.MTU.set(request.bytes(), bytes);
            socket.ioctl(NetInterface.SIOCSIFMTU, request);
        }
    }

    /** Whether the host has it connected. */
    public boolean isUp() {
        try (Fd socket = socket()) {
            NativeBuffer request = request(name);
            socket.ioctl(NetInterface.SIOCGIFFLAGS, request);
            return (NetInterface.FLAGS.get(request.bytes()) & NetInterface.IFF_UP) != 0;
        }
    }

    /**
     * What the host may leave undone in frames for us. Holds for all queues.
     *
     * @param queue a descriptor of the tap
     * @param offloads {@link IfTun#TUN_F_CSUM} and the like, added up
     */
    public static void setOffloads(Fd queue, int offloads) {
        queue.ioctl(IfTun.TUNSETOFFLOAD, offloads);
    }

    /**
     * Whether the host puts frames into this queue, of a tap with several. Detached, reads and writes fail with EBADFD.
     *
     * @throws ErrnoException EINVAL when it is so already
     */
    public static void setAttached(Fd queue, boolean attached) {
        NativeBuffer request = NativeBuffer.of(NetInterface.IFREQ);
        NetInterface.FLAGS.set(request.bytes(), attached ? IfTun.IFF_ATTACH_QUEUE : IfTun.IFF_DETACH_QUEUE);
        queue.ioctl(IfTun.TUNSETQUEUE, request);
    }

    @Override
    public void close() {
        queues.forEach(Fd::close);
    }
}
