package crosvm.runner.network;

import crosvm.runner.egress.EgressNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The network's dnsmasq, which gives the machines their addresses and answers for their names, NAME and NAME.FLEET; of several
 * replicas the common name has all addresses. It reads its two files of machines again on SIGHUP.
 */
final class NameServer {
    /** Whom it asks for other names; pasta hands that on to the host's own resolver. A documentation address (RFC 5737). */
    static final String RESOLVER = "198.51.100.53";

    private static final String CONFIGURATION = "dnsmasq.conf";
    private static final String LEASES = "dhcp-hosts";
    private static final String NAMES = "hosts";

    private NameServer() {}

    /** Its command line; its files lie in the room. */
    static List<String> command(NetworkRoom room) {
        return ConfinedRoot.around(
                room.tools(),
                room.folder(),
                List.of(
                        room.tools().dnsmasq(),
                        // Stays the namespace's first user, which has no groups to give up, and in the foreground.
                        "--no-daemon",
                        "--conf-file=" + room.folder().resolve(CONFIGURATION)));
    }

    /** Waits until it listens for DHCP requests; in the namespace. */
    static boolean isReady() throws IOException {
        return Files.readString(Path.of("/proc/thread-self/net/udp")).contains(":0043 ");
    }

    /** Writes its configuration, which it reads when it starts. */
    static void configure(NetworkRoom room, NetworkPlan plan) {
        room.write(CONFIGURATION, configuration(plan, room.folder()));
        machines(room, plan);
    }

    /** Writes what it reads again while it runs. */
    static void machines(NetworkRoom room, NetworkPlan plan) {
        room.write(LEASES, leases(plan));
        room.write(NAMES, names(plan));
    }

    static String configuration(NetworkPlan plan, Path folder) {
        StringBuilder out = new StringBuilder("""
                quiet-dhcp
                quiet-dhcp6
                quiet-ra
                no-hosts
                no-resolv
                interface=%1$s
                except-interface=lo
                bind-interfaces
                local-ttl=5
                domain=%2$s
                local=/%2$s/
                dhcp-authoritative
                dhcp-leasefile=%3$s/leases
                dhcp-hostsfile=%3$s/%4$s
                addn-hosts=%3$s/%5$s
                dhcp-range=%6$s,static,%7$s,1h
                dhcp-option=option:dns-server,%8$s
                """.formatted(
                        RouteRules.BRIDGE,
                        plan.fleet(),
                        folder,
                        LEASES,
                        NAMES,
                        plan.subnet().network(),
                        plan.subnet().netmask(),
                        plan.subnet().gateway()));
        if (!plan.leadsOut()) {
            out.append("dhcp-option=option:router\n"); // None.
        }
        if (plan.internet() && plan.allow() != null) {
            out.append(EgressNames.configuration(plan.allow(), Egress.TABLE, RESOLVER, Egress.PERIOD, plan.ipv6()));
        } else {
            out.append(plan.internet() ? "server=" + RESOLVER + "\n" : "local=//\n");
        }
        if (plan.ipv6()) {
            out.append("enable-ra\ndhcp-range=")
                    .append(Ipv6Addresses.prefix(plan))
                    .append("::,ra-only,64\n");
            out.append("ra-param=").append(RouteRules.BRIDGE).append(plan.internet() ? ",60,1800\n" : ",60,0\n");
        }
        return out.toString();
    }

    private static String leases(NetworkPlan plan) {
        StringBuilder out = new StringBuilder();
        plan.hosts()
                .forEach(host -> out.append(host.mac())
                        .append(',')
                        .append(host.address())
                        .append(',')
                        .append(host.name())
                        .append('\n'));
        return out.toString();
    }

    private static String names(NetworkPlan plan) {
        StringBuilder out = new StringBuilder();
        Map<String, String> gateway = new LinkedHashMap<>();
        gateway.put(plan.subnet().gateway().toString(), "gateway");
        gateway.forEach((address, name) -> line(out, address, name, plan));
        String prefix = Ipv6Addresses.prefix(plan);
        for (NetworkPlan.Host host : plan.hosts()) {
            String names = host.name().equals(host.key()) ? host.name() : host.name() + " " + host.key();
            line(out, host.address().toString(), names, plan);
            if (plan.ipv6()) {
                line(out, Ipv6Addresses.of(prefix, host.mac()), names, plan);
            }
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String address, String names, NetworkPlan plan) {
        out.append(address);
        for (String name : names.split(" ")) {
            out.append(' ').append(name).append(' ').append(name).append('.').append(plan.fleet());
        }
        out.append('\n');
    }
}
