package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VhostMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether each network has one way out, and all of them can stand beside each other. */
final class NetworkChecks {
    private final Draft draft;
    private final Map<Long, String> macs = new HashMap<>();
    private final Map<String, String> taps = new HashMap<>();
    private final Map<Integer, String> hostPorts = new HashMap<>();
    /** Whether a network has an address of the file's choice: those that are worked out are sound and differ, and costly. */
    private boolean macGiven;

    private NetworkChecks(Draft draft) {
        this.draft = draft;
    }

    static void check(Draft draft) {
        NetworkChecks checks = new NetworkChecks(draft);
        List<NetworkSpec> networks = draft.spec().networks();
        for (int i = 0; i < networks.size(); i++) {
            checks.macGiven |= draft.given("networks[" + i + "].mac");
        }
        for (int i = 0; i < networks.size(); i++) {
            String path = "networks[" + i + "]";
            if (draft.sound(path)) {
                checks.choice(networks.get(i), path);
                checks.address(networks.get(i), path);
                checks.mac(networks.get(i), path + ".mac");
                checks.others(networks.get(i), path);
            }
        }
    }

    private boolean soundWays(String path) {
        return draft.sound(path + ".hostIp")
                && draft.sound(path + ".netmask")
                && draft.sound(path + ".tap")
                && draft.sound(path + ".network")
                && draft.sound(path + ".user");
    }

    private void choice(NetworkSpec network, String path) {
        if (!soundWays(path)) {
            return;
        }
        boolean addressed = network.hostIp() != null || network.netmask() != null;
        int ways = (addressed ? 1 : 0)
                + (network.tap() != null ? 1 : 0)
                + (network.user() ? 1 : 0)
                + (network.network() != null ? 1 : 0);
        if (ways != 1) {
            draft.problem(
                    SpecRule.NETWORK_CHOICE,
                    path,
                    ways == 0 ? "has no way out" : "has " + ways + " ways out",
                    "give exactly one of: hostIp with netmask, tap, user: true, or network in a file of several machines");
        }
        if (network.network() == null && network.address() != null) {
            draft.problem(
                    SpecRule.ADDRESS_NEEDS_NETWORK,
                    path + ".address",
                    "has no effect without network",
                    "the host's address on a tap of its own is hostIp; the guest's own is the guest's business");
        }
        if (network.network() == null && network.internet() != null) {
            draft.problem(
                    FleetFileRule.NETWORK_ALLOW,
                    path + ".internet",
                    "has no effect without network",
                    "it is for a network between the machines of a file, also of a single one: machines: {NAME: …}");
        }
        if (network.hostIp() == null && network.netmask() != null) {
            draft.problem(SpecRule.NETMASK_PAIR, path + ".netmask", "stands without hostIp");
        } else if (network.hostIp() != null && network.netmask() == null) {
            draft.problem(
                    SpecRule.NETMASK_PAIR,
                    path + ".hostIp",
                    "stands without netmask",
                    "for example netmask: 255.255.255.0");
        }
    }

    private void address(NetworkSpec network, String path) {
        Ipv4Address host = network.hostIp();
        Ipv4Address mask = network.netmask();
        if (host != null && !host.isUnicast()) {
            draft.problem(
                    SpecRule.HOST_ADDRESS, path + ".hostIp", host + " is a loopback, multicast or reserved address");
            return;
        }
        if (mask == null) {
            return;
        }
        int prefix = mask.prefixLength();
        if (prefix < 1) {
            draft.problem(
                    SpecRule.BAD_NETMASK,
                    path + ".netmask",
                    mask + " is not a netmask",
                    "ones, then zeros: 255.255.255.0");
        } else if (prefix == 32) {
            draft.problem(SpecRule.BAD_NETMASK, path + ".netmask", mask + " leaves no address for the guest");
        } else if (host != null && prefix < 31) {
            int rest = host.bits() & ~mask.bits();
            if (rest == 0 || rest == ~mask.bits()) {
                draft.problem(
                        SpecRule.HOST_ADDRESS,
                        path + ".hostIp",
                        host + " is the " + (rest == 0 ? "network's own" : "broadcast") + " address of /" + prefix);
            }
        }
    }

    private void mac(NetworkSpec network, String path) {
        if (!draft.sound(path) || !macGiven) {
            return;
        }
        MacAddress mac = network.mac();
        if (draft.given(path) && (mac.isMulticast() || mac.bits() == 0)) {
            draft.problem(
                    SpecRule.MULTICAST_MAC,
                    path,
                    mac + (mac.bits() == 0 ? " is not an address" : " is a group address"),
                    "the first byte must be even, for example 52");
        }
        // Each network with user: true is one of its own.
        String before = network.user() ? null : macs.putIfAbsent(mac.bits(), path);
        if (before != null) {
            draft.problem(SpecRule.DUPLICATE_MAC, path, mac + " stands already at " + draft.place(before));
        }
    }

    private void others(NetworkSpec network, String path) {
        if (network.tap() != null && draft.sound(path + ".tap")) {
            String before = taps.putIfAbsent(network.tap(), path + ".tap");
            if (before != null) {
                draft.problem(
                        SpecRule.DUPLICATE_TAP,
                        path + ".tap",
                        "\"" + network.tap() + "\" is used already at " + draft.place(before));
            }
        }
        boolean userKnown = draft.sound(path + ".user");
        if (userKnown && !network.user() && !network.forward().isEmpty()) {
            draft.problem(
                    SpecRule.FORWARD_NEEDS_USER,
                    path + ".forward",
                    "has no effect without user: true",
                    "add user: true, or remove forward");
        }
        if (userKnown && network.user() && network.vhost() == VhostMode.ON) {
            draft.problem(SpecRule.VHOST_NEEDS_TAP, path + ".vhost", "on is for taps only", "write off or auto");
        }
        if (userKnown && network.user() && network.queues() > 1) {
            draft.problem(
                    SpecRule.QUEUES_NEED_TAP,
                    path + ".queues",
                    "user: true has one pair of queues, not " + network.queues(),
                    "leave it out, or use a tap");
        }
        if (network.mtu() != null
                && soundWays(path)
                && (network.user() || network.tap() != null || network.network() != null)) {
            draft.problem(
                    SpecRule.MTU_NEEDS_HOST_IP,
                    path + ".mtu",
                    "has no effect without hostIp",
                    network.tap() == null
                            ? "leave it out"
                            : "set it on the tap: ip link set " + network.tap() + " mtu " + network.mtu());
        }
        if (network.limit() != null && soundWays(path) && network.hostIp() == null) {
            limit(network, path);
        }
        for (int i = 0; i < network.forward().size(); i++) {
            String at = path + ".forward[" + i + "]";
            if (draft.sound(at)) {
                int port = network.forward().get(i).host();
                String before = hostPorts.putIfAbsent(port, at);
                if (before != null) {
                    draft.problem(
                            SpecRule.DUPLICATE_FORWARD,
                            at,
                            "port " + port + " is forwarded already at " + draft.place(before));
                }
            }
        }
    }

    private void limit(NetworkSpec network, String path) {
        String where =
                network.user() ? "with user: true" : network.tap() != null ? "on an existing tap" : "without hostIp";
        draft.problem(
                SpecRule.NETWORK_LIMIT,
                path + ".limit",
                "cannot be enforced " + where,
                network.tap() == null
                        ? "use hostIp and netmask, or leave it out"
                        : "limit the tap itself: tc qdisc replace dev " + network.tap()
                                + " root tbf rate 80mbit burst 256kb latency 50ms; or use hostIp and netmask");
    }
}
