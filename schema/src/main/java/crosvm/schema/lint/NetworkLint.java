package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.PortTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Unwise networks and sockets. */
final class NetworkLint {
    private static final Set<Path> PUBLIC_FOLDERS = Set.of(Path.of("/tmp"), Path.of("/var/tmp"), Path.of("/dev/shm"));

    /** Compiled only when there is a tap. */
    private static final class Form {
        /** Names that other kinds of interfaces have. */
        private static final Pattern NO_TAP = Pattern.compile(
                "lo|(eth|wlan|docker|virbr|bond|br)\\d.*|(en|wl)([ops]\\d|x[0-9a-f]{12}).*|br-[0-9a-f]{12}|veth.*");
    }

    private NetworkLint() {}

    static void lint(Draft draft) {
        List<NetworkSpec> networks = draft.spec().networks();
        for (int i = 0; i < networks.size(); i++) {
            String path = "networks[" + i + "]";
            if (draft.sound(path)) {
                network(draft, networks.get(i), path);
                overlaps(draft, networks, i);
            }
        }
        socket(draft, draft.spec().control().socket(), "control.socket");
        ConsoleSpec console = draft.spec().console();
        port(draft, console.com1(), "console.com1.path");
        port(draft, console.com2(), "console.com2.path");
        port(draft, console.com3(), "console.com3.path");
        port(draft, console.com4(), "console.com4.path");
        port(draft, console.hvc0(), "console.hvc0.path");
        if (draft.spec().wayland() != null) {
            socket(draft, draft.spec().wayland().socket(), "wayland.socket");
        }
    }

    private static void network(Draft draft, NetworkSpec network, String path) {
        Ipv4Address ip = network.hostIp();
        if (ip != null && ip.isUnicast() && !isPrivate(ip)) {
            draft.problem(
                    LintRule.PUBLIC_HOST_IP, path + ".hostIp", ip + " is a public address", "for example 192.168.10.1");
        }
        if (draft.given(path + ".mac")
                && !network.mac().isLocal()
                && !network.mac().isMulticast()
                && network.mac().bits() != 0) {
            draft.problem(
                    LintRule.MAC_NOT_LOCAL,
                    path + ".mac",
                    network.mac() + " belongs to a manufacturer",
                    "set the second lowest bit of the first byte: 02, 06, 52 …");
        }
        if (network.tap() != null && Form.NO_TAP.matcher(network.tap()).matches()) {
            draft.problem(LintRule.TAP_NAME, path + ".tap", "\"" + network.tap() + "\" does not look like a tap");
        }
        for (int i = 0; i < network.forward().size(); i++) {
            if (network.forward().get(i).host() < 1024) {
                draft.problem(
                        LintRule.PRIVILEGED_PORT,
                        path + ".forward[" + i + "]",
                        "port " + network.forward().get(i).host() + " is for root only",
                        "take a host port from 1024 up, for example 8080");
            }
        }
        if (!network.user() && network.queues() > draft.spec().cpus() && draft.sound("cpus")) {
            draft.problem(
                    LintRule.MORE_QUEUES_THAN_CPUS,
                    path + ".queues",
                    network.queues() + " pairs of queues for " + draft.spec().cpus() + " vCPUs");
        }
    }

    private static void overlaps(Draft draft, List<NetworkSpec> networks, int index) {
        for (int i = 0; i < index; i++) {
            if (overlap(networks.get(i), networks.get(index))) {
                draft.problem(
                        LintRule.OVERLAPPING_NETWORKS,
                        "networks[" + index + "].hostIp",
                        "its range overlaps that of networks[" + i + "] (" + draft.place("networks[" + i + "].hostIp")
                                + ")");
            }
        }
    }

    /** Whether both have a tap made for them and the narrower range lies in the wider. */
    static boolean overlap(NetworkSpec a, NetworkSpec b) {
        if (a.hostIp() == null || a.netmask() == null || b.hostIp() == null || b.netmask() == null) {
            return false;
        }
        int mask = a.netmask().bits() & b.netmask().bits();
        return mask != 0 && (a.hostIp().bits() & mask) == (b.hostIp().bits() & mask);
    }

    /** RFC 1918, RFC 3927 and RFC 6598. */
    private static boolean isPrivate(Ipv4Address ip) {
        int b = ip.bits();
        return b >>> 24 == 10
                || b >>> 20 == (172 << 4 | 1)
                || b >>> 16 == (192 << 8 | 168)
                || b >>> 16 == (169 << 8 | 254)
                || b >>> 22 == (100 << 2 | 1);
    }

    private static void port(Draft draft, PortSpec port, String path) {
        if (port.to() == PortTarget.SOCKET) {
            socket(draft, port.path(), path);
        }
    }

    private static void socket(Draft draft, @Nullable Path socket, String path) {
        if (socket == null) {
            return;
        }
        Path folder = socket.getParent();
        if (PUBLIC_FOLDERS.contains(socket) || folder != null && PUBLIC_FOLDERS.contains(folder)) {
            draft.problem(
                    LintRule.SOCKET_IN_TMP,
                    path,
                    "everybody can write to that folder",
                    "put it below $XDG_RUNTIME_DIR, for example ${XDG_RUNTIME_DIR:-/run/user/1000}/vm.sock");
        }
    }
}
