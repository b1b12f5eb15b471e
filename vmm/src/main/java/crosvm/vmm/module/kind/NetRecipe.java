package crosvm.vmm.module.kind;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VhostMode;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.net.NetDevice;
import crosvm.vmm.device.net.Passt;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.remote.VhostNet;
import crosvm.vmm.virtio.remote.VhostNode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Network cards: the words are the id, the MAC address, {@code tap}, {@code vhost} or {@code stream}, and the MTU; the
 * descriptors are the tap's queues, for {@code vhost} as many of /dev/vhost-net behind them, or the stream whose other end is
 * passt's.
 */
public final class NetRecipe implements DeviceRecipe {
    private static final Logger LOG = System.getLogger(NetRecipe.class.getName());

    private static final String TAP = "tap";
    private static final String VHOST = "vhost";
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
            return onTap(network, tap);
        } catch (VmmException e) {
            throw new VmmException("network " + network.id() + ": " + e.getMessage(), e);
        }
    }

    private static DeviceParts onTap(NetworkSpec network, Tap tap) {
        boolean vhost =
                network.vhost() == VhostMode.ON || network.vhost() == VhostMode.AUTO && VhostNode.NET.isUsable();
        List<Fd> descriptors = new ArrayList<>(tap.queues());
        try {
            for (int i = 0; vhost && i < network.queues(); i++) {
                descriptors.add(VhostNode.NET.open());
            }
            return parts(network, vhost ? VHOST : TAP, tap.mtu(), descriptors);
        } catch (RuntimeException e) {
            descriptors.forEach(Fd::close);
            throw e;
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
        String id = words.get(0);
        MacAddress mac = MacAddress.parse(words.get(1));
        List<Fd> descriptors = parts.descriptors();
        if (words.get(2).equals(STREAM)) {
            return new ThreadBackend(NetDevice.onStream(id, mac, descriptors.get(0)));
        }
        boolean vhost = words.get(2).equals(VHOST);
        List<Fd> taps = vhost ? descriptors.subList(0, descriptors.size() / 2) : descriptors;
        NetDevice device = NetDevice.onTap(id, mac, taps, Integer.parseInt(words.get(3)));
        if (!vhost) {
            return new ThreadBackend(device);
        }
        ThreadBackend ours = started(device);
        List<Fd> nodes = descriptors.subList(taps.size(), descriptors.size());
        return VhostNet.backend(ours, nodes, taps, ours.loopOf(2 * taps.size()));
    }

    /** With its workers started, since threads can be started now and not behind a jail's door. */
    private static ThreadBackend started(NetDevice device) {
        ThreadBackend backend = new ThreadBackend(device);
        backend.startWorkers();
        return backend;
    }

    @Override
    public int configSize(PciFunction plan) {
        return NetDevice.CONFIG_SIZE;
    }

    /** Each kind sends, the other receives; what the one of a tap sends begins with a length, as the stream's do. */
    @Override
    public Rehearsal rehearse() {
        byte[] framed = new byte[64];
        framed[3] = 60;
        return new Rehearsal(
                new ThreadBackend(rehearsed(UnixSocket.pair("rehearsal"))),
                List.of(
                        new Request(3, List.of(new byte[12], new byte[60]), List.of()),
                        new Request(0, List.of(), List.of(2048)),
                        new Request(1, List.of(framed), List.of()),
                        new Request(2, List.of(), List.of(2048)),
                        control()));
    }

    @Override
    public List<Rehearsal> rehearsals() {
        List<UnixSocket> pair = UnixSocket.pair("rehearsal");
        ThreadBackend ours = started(rehearsed(pair));
        List<Fd> taps = pair.stream().map(UnixSocket::fd).toList();
        return List.of(
                rehearse(),
                new Rehearsal(VhostNet.rehearsal(ours, taps, ours.loopOf(2 * taps.size())), List.of(control())));
    }

    private static NetDevice rehearsed(List<UnixSocket> pair) {
        pair.forEach(end -> end.fd().setNonBlocking());
        return NetDevice.rehearsal(
                new MacAddress(2), pair.get(0).fd(), pair.get(1).fd());
    }

    /** VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET to one. */
    private static Request control() {
        return new Request(4, List.of(new byte[] {4, 0, 1, 0}), List.of(1));
    }
}
