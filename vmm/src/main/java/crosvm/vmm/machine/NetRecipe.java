package crosvm.vmm.machine;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.net.NetDevice;
import crosvm.vmm.device.net.Passt;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;

/**
 * Network cards: the words are the id, the MAC address, {@code tap} or {@code stream}, and the MTU; the descriptors are the
 * tap's queues, or the stream whose other end is passt's.
 */
final class NetRecipe implements DeviceRecipe {
    private static final Logger LOG = System.getLogger(NetRecipe.class.getName());

    private static final String TAP = "tap";
    private static final String STREAM = "stream";

    @Override
    public DeviceParts open(PciFunction plan) {
        NetworkSpec network = (NetworkSpec) plan.spec();
        try {
            if (network.user()) {
                Fd stream = Passt.start(network.forward(), System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
                return parts(network, STREAM, 0, List.of(stream));
            }
            Tap tap = network.tap() != null ? existing(network.tap(), network.queues()) : made(network);
            return parts(network, TAP, tap.mtu(), tap.queues());
        } catch (VmmException e) {
            throw new VmmException("network " + network.id() + ": " + e.getMessage(), e);
        }
    }

    private static DeviceParts parts(NetworkSpec network, String kind, int mtu, List<Fd> descriptors) {
        return new DeviceParts(
                List.of(network.id(), network.mac().toString(), kind, Integer.toString(mtu)), descriptors);
    }

    private static Tap existing(String name, int queues) {
        Tap tap = Tap.attach(name, queues);
        if (!tap.isUp()) {
            LOG.log(
                    Level.WARNING,
                    "tap " + name + " is down, so nothing gets through. Connect it: ip link set " + name + " up");
        }
        return tap;
    }

    private static Tap made(NetworkSpec network) {
        Ipv4Address address = Objects.requireNonNull(network.hostIp(), "the loader requires one of three ways out");
        Ipv4Address mask = Objects.requireNonNull(network.netmask(), "the loader requires it beside hostIp");
        Tap tap;
        try {
            tap = Tap.create(network.queues());
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EPERM ? notAllowed(network, address, mask, e) : e;
        }
        try {
            tap.configure(address.bits(), mask.bits());
        } catch (ErrnoException e) {
            tap.close();
            throw e.errno() == Errno.EPERM ? notAllowed(network, address, mask, e) : e;
        }
        LOG.log(Level.DEBUG, "network " + network.id() + " is " + tap.name() + " on the host");
        return tap;
    }

    private static VmmException notAllowed(
            NetworkSpec network, Ipv4Address address, Ipv4Address mask, ErrnoException cause) {
        String name = network.id().length() < 16 ? network.id() : "vmtap0";
        return new VmmException(
                "making a tap needs CAP_NET_ADMIN, which this process has not. Let an administrator make one:"
                        + " ip tuntap add " + name + " mode tap " + (network.queues() > 1 ? "multi_queue " : "")
                        + "user "
                        + System.getProperty("user.name") + " && ip address add " + address + "/"
                        + mask.prefixLength() + " dev " + name + " && ip link set " + name + " up; then write tap: "
                        + name + " instead of hostIp and netmask. Or use user: true, which needs no privilege",
                cause);
    }

    @Override
    public VirtioBackend make(DeviceParts parts) {
        List<String> words = parts.words();
        MacAddress mac = MacAddress.parse(words.get(1));
        NetDevice device = words.get(2).equals(TAP)
                ? NetDevice.onTap(words.get(0), mac, parts.descriptors(), Integer.parseInt(words.get(3)))
                : NetDevice.onStream(words.get(0), mac, parts.descriptors().get(0));
        return new ThreadBackend(device);
    }

    @Override
    public int configSize(PciFunction plan) {
        return NetDevice.CONFIG_SIZE;
    }

    /** Each kind sends, the other receives; what the one of a tap sends begins with a length, as the stream's do. */
    @Override
    public Rehearsal rehearse() {
        List<UnixSocket> pair = UnixSocket.pair("rehearsal");
        pair.forEach(end -> end.fd().setNonBlocking());
        byte[] framed = new byte[64];
        framed[3] = 60;
        NetDevice device = NetDevice.rehearsal(
                new MacAddress(2), pair.get(0).fd(), pair.get(1).fd());
        return new Rehearsal(
                new ThreadBackend(device),
                List.of(
                        new Request(3, List.of(new byte[12], new byte[60]), List.of()),
                        new Request(0, List.of(), List.of(2048)),
                        new Request(1, List.of(framed), List.of()),
                        new Request(2, List.of(), List.of(2048)),
                        new Request(4, List.of(new byte[] {4, 0, 1, 0}), List.of(1))));
    }
}
