package crosvm.vmm.module.kind;

import crosvm.schema.model.MacAddress;
import crosvm.schema.model.NetworkLimit;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VhostMode;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.VmmException;
import crosvm.vmm.device.net.NetDevice;
import crosvm.vmm.device.net.NetTap;
import crosvm.vmm.device.net.Passt;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.HostResource.Kind;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.metrics.Traffic;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostNeed;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.Rehearsal.Request;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.remote.VhostNet;
import crosvm.vmm.virtio.remote.VhostNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Network cards, on a tap, on a tap with vhost-net behind it, or on a stream whose other end is passt's. */
public final class NetModule implements HostedModule<NetworkSpec, NetModule.Parts> {
    private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/sbin");

    /** Who moves a card's frames. */
    public enum Carrier {
        /** We, between rings and tap. */
        TAP,
        /** The kernel, between rings and tap. */
        VHOST,
        /** passt, at the other end of a stream. */
        STREAM
    }

    /**
     * What a network card is made of.
     *
     * @param id for messages
     * @param mtu the tap's, 0 for a stream
     * @param descriptors the tap's queues, for {@code VHOST} as many of /dev/vhost-net behind them; or the stream
     */
    public record Parts(String id, MacAddress mac, Carrier carrier, int mtu, List<Fd> descriptors)
            implements DeviceParts {
        @Override
        public void write(PartsWriter writer) {
            writer.text(id).text(mac.toString()).constant(carrier).number(mtu).descriptors(descriptors);
        }
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.NET;
    }

    @Override
    public String title() {
        return "network";
    }

    @Override
    public DeviceType type() {
        return DeviceType.NET;
    }

    /** virtio 1.2 §5.1.2: pairs of queues, then the control queue. */
    @Override
    public List<String> queues(NetworkSpec network) {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= network.queues(); i++) {
            names.add("receiveq" + i);
            names.add("transmitq" + i);
        }
        names.add("controlq");
        return names;
    }

    @Override
    public List<HostResource> host(NetworkSpec network) {
        List<HostResource> host = new ArrayList<>();
        if (network.user()) {
            host.add(new HostResource(Kind.PROGRAM, "passt", "start"));
            network.forward()
                    .forEach(f -> host.add(new HostResource(
                            Kind.PORT, "TCP " + f.host(), "listen, leads to port " + f.guest() + " of the guest")));
            return host;
        }
        host.add(new HostResource(Kind.DEVICE, "/dev/net/tun", "read, write"));
        if (network.network() != null) {
            host.add(new HostResource(Kind.NETWORK, network.network(), "join"));
        } else if (network.tap() != null) {
            host.add(new HostResource(Kind.TAP, network.tap(), "attach"));
        } else {
            int prefix = network.netmask() == null ? -1 : network.netmask().prefixLength();
            host.add(new HostResource(
                    Kind.TAP, Tap.NEW_NAME, "create, " + network.hostIp() + "/" + prefix + limit(network.limit())));
        }
        if (network.vhost() != VhostMode.OFF) {
            String access = network.vhost() == VhostMode.ON ? "read, write" : "read, write, if it is there";
            host.add(new HostResource(Kind.DEVICE, "/dev/vhost-net", access));
        }
        return host;
    }

    private static String limit(@Nullable NetworkLimit limit) {
        if (limit == null || !limit.isPresent()) {
            return "";
        }
        List<String> words = new ArrayList<>();
        if (limit.rx() != null) {
            words.add("received " + limit.rx() + "/s");
        }
        if (limit.tx() != null) {
            words.add("sent " + limit.tx() + "/s");
        }
        return ", limit: " + String.join(", ", words);
    }

    @Override
    public List<String> handed(NetworkSpec network) {
        if (network.user()) {
            return List.of("a stream to passt");
        }
        String tap = network.tap() != null
                ? network.tap()
                : network.network() != null ? "on the network " + network.network() : network.id();
        List<String> handed = new ArrayList<>();
        for (int i = 0; i < network.queues(); i++) {
            handed.add("queue " + i + " of tap " + tap);
        }
        for (int i = 0; network.vhost() != VhostMode.OFF && i < network.queues(); i++) {
            handed.add("/dev/vhost-net for queue " + i + (network.vhost() == VhostMode.AUTO ? ", if it is there" : ""));
        }
        return handed;
    }

    @Override
    public List<HostNeed> needs() {
        return List.of(
                HostNeed.device("/dev/net/tun", "networks by tap", "tun"),
                HostNeed.device("/dev/vhost-net", "faster networks by tap", "vhost_net"),
                HostNeed.program("passt", List.of(), "networks with user: true", "passt"),
                HostNeed.program("dnsmasq", SYSTEM_FOLDERS, "networks between machines", "dnsmasq-base"),
                HostNeed.program("nft", SYSTEM_FOLDERS, "networks between machines", "nftables"),
                HostNeed.program("ip", SYSTEM_FOLDERS, "networks between machines", "iproute2"),
                HostNeed.program("pasta", List.of(), "networks between machines with internet or forward", "passt"),
                HostNeed.program("tc", SYSTEM_FOLDERS, "networks with a limit", "iproute2"));
    }

    /** Whether passt starts, which is a matter of the host's routes; ports are looked at as the host's resources. */
    @Override
    public @Nullable String probe(NetworkSpec network) {
        if (network.user()) {
            Passt.start(List.of(), searchPath()).close();
        }
        return null;
    }

    private static String searchPath() {
        return System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    }

    @Override
    public Traffic traffic() {
        return Traffic.NETWORK;
    }

    @Override
    public Parts open(NetworkSpec network) {
        try {
            if (network.user()) {
                Fd stream = Passt.start(network.forward(), searchPath());
                return new Parts(network.id(), network.mac(), Carrier.STREAM, 0, List.of(stream));
            }
            Tap tap = NetTap.open(network);
            return onTap(network, tap.queues(), tap.mtu());
        } catch (VmmException e) {
            throw new VmmException("network " + network.id() + ": " + e.getMessage(), e);
        }
    }

    /** As {@link HostedModule#begin}, but for a card on a network between machines, whose tap is others' to make. */
    @Override
    public PendingBackend begin(NetworkSpec network, PciFunctionPlan plan, DeviceSite site) {
        if (network.network() == null) {
            return site.host(plan, this, open(network));
        }
        NetworkPorts.Cable cable = site.networks().cable(network);
        return site.host(plan, this, onTap(network, cable.queues(), cable.mtu()));
    }

    private static Parts onTap(NetworkSpec network, List<Fd> queues, int mtu) {
        boolean vhost =
                network.vhost() == VhostMode.ON || network.vhost() == VhostMode.AUTO && VhostNode.NET.isUsable();
        List<Fd> descriptors = new ArrayList<>(queues);
        try {
            for (int i = 0; vhost && i < network.queues(); i++) {
                descriptors.add(VhostNode.NET.open());
            }
            return new Parts(network.id(), network.mac(), vhost ? Carrier.VHOST : Carrier.TAP, mtu, descriptors);
        } catch (RuntimeException e) {
            descriptors.forEach(Fd::close);
            throw e;
        }
    }

    @Override
    public Parts read(PartsReader reader) {
        String id = reader.text();
        return new Parts(
                id,
                MacAddress.parse(reader.text()),
                reader.constant(Carrier.class),
                Math.toIntExact(reader.number()),
                reader.descriptors("net " + id));
    }

    @Override
    public VirtioBackend make(Parts parts) {
        List<Fd> descriptors = parts.descriptors();
        if (parts.carrier() == Carrier.STREAM) {
            return new ThreadBackend(NetDevice.onStream(parts.id(), parts.mac(), descriptors.get(0)));
        }
        boolean vhost = parts.carrier() == Carrier.VHOST;
        List<Fd> taps = vhost ? descriptors.subList(0, descriptors.size() / 2) : descriptors;
        NetDevice device = NetDevice.onTap(parts.id(), parts.mac(), taps, parts.mtu());
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
    public int configSize() {
        return NetDevice.CONFIG_SIZE;
    }

    /** Each kind sends, the other receives; what the one of a tap sends begins with a length, as the stream's do. */
    private static Rehearsal sends() {
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
                sends(),
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
