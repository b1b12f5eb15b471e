package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Tap;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The bridge of a network with its ports, its router's rules, its name server and its way out. Follows the plan that the last machine
 * came with. Any thread.
 */
final class NetworkBridge {
    private final NetworkRoom room;
    private final boolean wasThere;
    private final WayOut wayOut;
    private final NameServers names;
    private final Egress egress;
    private final Map<String, Port> ports = new HashMap<>();
    /** Those that are gone, whose rules are still there; what has no port cannot send. */
    private final List<Port> gone = new ArrayList<>();

    private @Nullable NetworkPlan plan;
    private boolean named;
    private String warning = "";

    /**
     * A machine's card on the bridge.
     *
     * @param queues the tap's, for the machine; closed here once it has them
     * @param owner who has it
     */
    record Port(NetworkPlan.Host host, String tap, int mtu, List<Fd> queues, Object owner) {}

    /**
     * @param wasThere whether the namespace is that of an earlier process, with a bridge in it
     * @param refusals hears what machines are refused outside
     */
    NetworkBridge(NetworkRoom room, boolean wasThere, Consumer<String> tell, EgressListener refusals) {
        this.room = room;
        this.wasThere = wasThere;
        this.wayOut = new WayOut(room, tell);
        this.egress = new Egress(room, refusals);
        this.names = new NameServers(room, tell);
    }

    synchronized boolean isUsed() {
        return !ports.isEmpty();
    }

    /** This network's user and network namespaces; the caller's. */
    List<Fd> namespaces() {
        return room.call(() -> List.of(
                Fd.open("/proc/thread-self/ns/user", Fd.O_RDONLY), Fd.open("/proc/thread-self/ns/net", Fd.O_RDONLY)));
    }

    /**
     * Connects a machine's card.
     *
     * @param tap one that it has already; null for a new one
     * @throws FailedException when its plan and the network's cannot both be
     */
    synchronized Port add(NetworkPlan wanted, String name, Object owner, int queues, @Nullable String tap) {
        NetworkPlan.Host host = wanted.host(name);
        if (host == null) {
            throw new FailedException("the network " + wanted.title() + " has no machine " + name);
        }
        requireSame(wanted, host);
        follow(wanted);
        Port before = ports.get(name);
        if (before != null) { // It has hung up, and its thread has not heard of it.
            remove(name, before.owner());
        }
        forget();
        Port port = tap == null ? made(host, queues, owner) : new Port(host, tap, 0, List.of(), owner);
        try {
            room.rules(FrameRules.port(wanted, host, port.tap()));
            gone.add(port); // Until it is there.
            room.run(room.tools().ip(), "link", "set", port.tap(), "master", RouteRules.BRIDGE, "up");
            gone.remove(port);
        } catch (FailedException e) {
            port.queues().forEach(Fd::close);
            throw e;
        }
        ports.put(name, port);
        return port;
    }

    private Port made(NetworkPlan.Host host, int queues, Object owner) {
        return room.call(() -> {
            Tap tap = Tap.create(queues);
            return new Port(host, tap.name(), tap.mtu(), tap.queues(), owner);
        });
    }

    /** Whether its addresses are those of a plan, or somebody is still on it; else it makes way for another network. */
    synchronized boolean fits(NetworkPlan wanted) {
        NetworkPlan now = plan;
        return now == null || !ports.isEmpty() || hasAddressesOf(now, wanted);
    }

    private static boolean hasAddressesOf(NetworkPlan now, NetworkPlan wanted) {
        return now.subnet().equals(wanted.subnet()) && now.ipv6() == wanted.ipv6();
    }

    private void requireSame(NetworkPlan wanted, NetworkPlan.Host host) {
        NetworkPlan now = plan;
        if (now == null || ports.isEmpty()) {
            return;
        }
        if (!hasAddressesOf(now, wanted)) {
            throw new FailedException("the network " + now.title() + " runs with " + now.subnet()
                    + (now.ipv6() ? " and" : " and without") + " IPv6, and the file now says " + wanted.subnet()
                    + (wanted.ipv6() ? " and" : " and without")
                    + " IPv6. Take the machines on it down first: crosvm down");
        }
        for (Port port : ports.values()) {
            if (port.host().address().equals(host.address())
                    && !port.host().name().equals(host.name())) {
                throw new FailedException("the address " + host.address() + " on the network " + now.title()
                        + " is still that of the running machine " + port.host().name() + ". Take it down first");
            }
        }
    }

    private void follow(NetworkPlan wanted) {
        NetworkPlan before = plan;
        NetworkPlan next = wanted;
        for (Port port : ports.values()) { // Of a file that has them no more.
            next = next.host(port.host().name()) == null ? next.with(port.host()) : next;
        }
        if (next.equals(before)) {
            return;
        }
        if (before == null) {
            build(next);
        }
        if (next.leadsOut()) {
            room.set("ipv4/ip_forward", "1");
            room.set("ipv4/conf/all/route_localnet", "1"); // pasta connects to forwarded ports from 127.0.0.1.
            if (next.ipv6()) {
                room.set("ipv6/conf/all/forwarding", "1");
            }
        }
        egress.follow(next); // Before there is a way out.
        room.rules(RouteRules.table(next));
        wayOut.follow(next);
        names.follow(next);
        plan = next;
    }

    private void build(NetworkPlan first) {
        String ip = room.tools().ip();
        room.tools().require(first.leadsOut());
        if (!wasThere) {
            room.run(ip, "link", "set", "lo", "up");
            if (room.call(() -> NetworkInterface.getByName(RouteRules.BRIDGE)) != null) {
                room.run(ip, "link", "delete", RouteRules.BRIDGE); // Of an attempt that failed further on.
            }
            room.run(ip, "link", "add", RouteRules.BRIDGE, "type", "bridge", "stp_state", "0", "mcast_snooping", "0");
            room.run(
                    ip,
                    "link",
                    "set",
                    RouteRules.BRIDGE,
                    "address",
                    first.gatewayMac().toString(),
                    "up");
            String gateway = first.subnet().gateway() + "/" + first.subnet().prefix();
            room.run(ip, "address", "add", gateway, "broadcast", "+", "dev", RouteRules.BRIDGE);
            if (first.ipv6()) {
                String own = Ipv6Addresses.prefix(first) + "::1/64";
                room.run(ip, "-6", "address", "add", own, "dev", RouteRules.BRIDGE, "nodad");
            }
        }
        if (!named) {
            room.touch(NetworkHolder.NAMESPACE);
            room.run(
                    room.tools().mount(),
                    "--bind",
                    "/proc/self/ns/net",
                    room.folder().resolve(NetworkHolder.NAMESPACE).toString());
            named = true;
        }
        for (String kind :
                List.of("ip", "ip6", "arp")) { // Where the host has it, frames would be routed packets to nft.
            room.setIfThere("bridge/bridge-nf-call-" + kind + "tables", "0");
        }
        room.rules(FrameRules.table(first));
        if (!wasThere) {
            warning = OpenConnections.bound(room) ? "" : OpenConnections.UNBOUNDED;
        }
    }

    /** What those who join should know; empty for nothing. */
    synchronized String warning() {
        return warning;
    }

    /** Whether this is an address of that machine, and it is connected. */
    synchronized boolean isOf(String address, String name) {
        Port port = ports.get(name);
        if (port == null) {
            return false;
        }
        NetworkPlan.Host host = port.host();
        return address.indexOf(':') < 0
                ? address.equals(host.address().toString())
                : Ipv6Addresses.isOf(address, Objects.requireNonNull(plan), host.mac());
    }

    /**
     * Disconnects a card, if it still is this owner's. Its rules stay until another machine comes: those of fifty that end at once would
     * take longer than the machines, and mostly the network ends with them.
     */
    synchronized void remove(String name, Object owner) {
        Port port = ports.get(name);
        if (port != null && port.owner().equals(owner)) {
            ports.remove(name);
            gone.add(port);
        }
    }

    /** Takes the rules of ports away that are gone: the next tap may have the same name. */
    private void forget() {
        NetworkPlan now = Objects.requireNonNull(plan);
        if (!gone.isEmpty()) {
            room.rules(gone.stream()
                    .map(port -> FrameRules.withoutPort(now, port.host(), port.tap()))
                    .collect(Collectors.joining()));
            gone.clear();
        }
    }
}
