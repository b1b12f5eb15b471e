package crosvm.runner.network;

import crosvm.runner.egress.AllowedList;
import crosvm.runner.egress.EgressNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The network's dnsmasq, which gives the machines their addresses and answers for their names, NAME and NAME.FLEET; of several
 * replicas the common name has all addresses. It reads its two files of machines again on SIGHUP. Machines that reach something else
 * outside than the network's others have one of their own for names, told apart by the number of {@link NetworkPlan#reaches}:
 * a name that one may ask for must not be asked for by another.
 */
final class NameServer {
    /** Whom it asks for other names; pasta hands that on to the host's own resolver. A documentation address (RFC 5737). */
    static final String RESOLVER = "198.51.100.53";

    private static final int DNS_PORT = 53;
    private static final int DHCP_PORT = 67;
    private static final int FIRST_OWN_PORT = 5300;
    private static final String LEASES = "dhcp-hosts";
    private static final String NAMES = "hosts";

    private NameServer() {}

    /** Where it listens: the router leads machines with one of their own there. */
    static int port(int number) {
        return number == 0 ? DNS_PORT : FIRST_OWN_PORT + number;
    }

    /** What it says, among that its refusals. */
    static Path log(NetworkRoom room, int number) {
        return room.folder().resolve(name(number) + ".log");
    }

    private static String name(int number) {
        return number == 0 ? "dnsmasq" : "dnsmasq-" + number;
    }

    /** Its command line; its files lie in the room. */
    static List<String> command(NetworkRoom room, int number) {
        return ConfinedRoot.around(
                room.tools(),
                room.folder(),
                List.of(
                        room.tools().dnsmasq(),
                        // Not --no-daemon: it would read from each connection itself, and one idle would stop it.
                        "--keep-in-foreground",
                        "--log-facility=-",
                        "--pid-file=",
                        "--user=" + ConfinedRoot.USER,
                        "--conf-file=" + room.folder().resolve(name(number) + ".conf")));
    }

    /** Whether it listens, the network's own for DHCP requests; in the namespace. */
    static boolean isReady(int number) throws IOException {
        String port = ":%04X ".formatted(number == 0 ? DHCP_PORT : port(number));
        return Files.readString(Path.of("/proc/thread-self/net/udp")).contains(port);
    }

    /** Writes its configuration, which it reads when it starts. */
    static void configure(NetworkRoom room, int number, String configuration) {
        room.write(name(number) + ".conf", configuration);
    }

    /** Writes what it reads again while it runs. */
    static void machines(NetworkRoom room, NetworkPlan plan) {
        room.write(LEASES, leases(plan));
        room.write(NAMES, names(plan));
    }

    /**
     * What it is to do. {@code dns-forward-max}: at 150 questions that wait for their answers, the default, it refuses all others, so that one
     * machine could keep the others from names.
     */
    static String configuration(NetworkPlan plan, Path folder, int number) {
        String common = """
                no-hosts
                no-resolv
                interface=%1$s
                except-interface=lo
                bind-interfaces
                local-ttl=5
                dns-forward-max=10000
                domain=%2$s
                local=/%2$s/
                addn-hosts=%3$s/%4$s
                """.formatted(RouteRules.BRIDGE, plan.fleet(), folder, NAMES);
        String own = number == 0 ? addresses(plan, folder) : "port=" + port(number) + "\n";
        return common + own + ways(plan, number);
    }

    private static String addresses(NetworkPlan plan, Path folder) {
        StringBuilder out = new StringBuilder("""
                quiet-dhcp
                quiet-dhcp6
                quiet-ra
                dhcp-authoritative
                dhcp-leasefile=%1$s/leases
                dhcp-hostsfile=%1$s/%2$s
                dhcp-range=%3$s,static,%4$s,1h
                dhcp-option=option:dns-server,%5$s
                """.formatted(
                        folder,
                        LEASES,
                        plan.subnet().network(),
                        plan.subnet().netmask(),
                        plan.subnet().gateway()));
        if (!plan.leadsOut()) {
            out.append("dhcp-option=option:router\n"); // None.
        }
        if (plan.ipv6()) {
            out.append("enable-ra\ndhcp-range=")
                    .append(Ipv6Addresses.prefix(plan))
                    .append("::,ra-only,64\n");
            out.append("ra-param=").append(RouteRules.BRIDGE).append(plan.internet() ? ",60,1800\n" : ",60,0\n");
        }
        return out.toString();
    }

    /** Whom it asks for names of others. */
    private static String ways(NetworkPlan plan, int number) {
        Reach reach = plan.reaches().get(number);
        if (reach.isEverything()) {
            return "server=" + RESOLVER + "\n";
        }
        return plan.internet()
                ? EgressNames.configuration(
                        new AllowedList(number, reach.targets(), Egress.PERIOD), Egress.TABLE, RESOLVER, plan.ipv6())
                : "local=//\n";
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
