package crosvm.runner.egress;

import crosvm.schema.model.EgressTarget;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * An allow-list as a part of an nft table. Addresses that names have come to are in sets, which dnsmasq fills with each answer that it
 * gives out. An element that is there already keeps its old time in a set, whatever is answered again; so there are two sets in each place,
 * of which one and then the other is emptied: an address stays for one to two periods after its last answer. Should nobody empty
 * them, their elements expire after two.
 */
public final class EgressRules {
    /** The chain to jump to with what a machine sends outside. It accepts or drops. */
    public static final String CHAIN = "egress";

    /** The set of the host's own IPv4 addresses. */
    static final String OWN = "host";

    /** Who was refused what: source, destination, protocol, port. */
    public static final String REFUSED = "refused";

    private static final int MAX_REFUSED = 4096;
    private static final int MAX_ADDRESSES = 65_536;

    /** Where no answer of a public name's leads: RFC 6890, and what is multicast or reserved. */
    private static final String SPECIAL =
            "{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24,"
                    + " 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }";

    private static final String SPECIAL6 = "{ ::/8, fc00::/7, fe80::/10, ff00::/8 }";

    private final List<EgressTarget> allowed;
    private final int period;

    /** @param period seconds, 1 or more */
    public EgressRules(List<EgressTarget> allowed, int period) {
        this.allowed = List.copyOf(allowed);
        this.period = period;
    }

    /** Ports that names are allowed with; 0 for all. */
    private SortedSet<Integer> ports() {
        SortedSet<Integer> ports = new TreeSet<>();
        allowed.stream().filter(EgressTarget::isName).forEach(target -> ports.add(target.port()));
        return ports;
    }

    /** {@code names4-443-a}: a set of addresses for names with that port. */
    static String set(int version, int port, char generation) {
        return "names" + version + "-" + port + "-" + generation;
    }

    /**
     * Sets and chains that stand in the network's table, of the family {@code inet}.
     *
     * @param own the host's own IPv4 addresses
     */
    public String inTable(List<String> own) {
        StringBuilder out = new StringBuilder();
        String elements = own.isEmpty() ? "" : " elements = { " + String.join(", ", own) + " };";
        out.append("  set %s { type ipv4_addr;%s }\n".formatted(OWN, elements));
        out.append("  set %s { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic,timeout;"
                        .formatted(REFUSED))
                .append(" timeout 1h; size %d; counter; }\n".formatted(MAX_REFUSED));
        for (int port : ports()) {
            for (char generation : new char[] {'a', 'b'}) {
                out.append(addresses(4, port, generation)).append(addresses(6, port, generation));
            }
        }
        out.append("  chain %s {\n".formatted(CHAIN));
        out.append("    meta l4proto != { tcp, udp } goto egress-refused\n");
        allowed.stream()
                .filter(target -> !target.isName())
                .forEach(target -> out.append("    %s daddr %s %saccept\n"
                        .formatted(
                                target.kind() == EgressTarget.Kind.IPV4 ? "ip" : "ip6",
                                target.host(),
                                port(target.port()))));
        out.append("    ip daddr @%s goto egress-refused\n".formatted(OWN));
        out.append("    ip daddr %s goto egress-refused\n".formatted(SPECIAL));
        out.append("    ip6 daddr %s goto egress-refused\n".formatted(SPECIAL6));
        for (int port : ports()) {
            for (char generation : new char[] {'a', 'b'}) {
                out.append("    %sip daddr @%s accept\n".formatted(port(port), set(4, port, generation)));
                out.append("    %sip6 daddr @%s accept\n".formatted(port(port), set(6, port, generation)));
            }
        }
        out.append("    goto egress-refused\n  }\n");
        out.append("  chain egress-refused {\n");
        out.append("    meta l4proto { tcp, udp } update @%s { ip saddr . ip daddr . meta l4proto . th dport }\n"
                .formatted(REFUSED));
        out.append("    meta l4proto != { tcp, udp } update @%s { ip saddr . ip daddr . meta l4proto . 0 }\n"
                .formatted(REFUSED));
        out.append("    counter drop\n  }\n");
        return out.toString();
    }

    /** Adds addresses that the host has got since. */
    public static String moreOwn(String table, List<String> own) {
        return "add element " + table + " " + OWN + " { " + String.join(", ", own) + " }\n";
    }

    private String addresses(int version, int port, char generation) {
        return "  set %s { type ipv%d_addr; flags timeout; timeout %ds; size %d; }\n"
                .formatted(set(version, port, generation), version, 2 * period, MAX_ADDRESSES);
    }

    private static String port(int port) {
        return port == 0 ? "" : "th dport " + port + " ";
    }

    /**
     * Empties one of the two generations; each in turn, once in a period.
     *
     * @param table family and name
     * @param turn counts up
     */
    public String emptied(String table, long turn) {
        StringBuilder out = new StringBuilder();
        for (int port : ports()) {
            for (int version : new int[] {4, 6}) {
                out.append("flush set ")
                        .append(table)
                        .append(' ')
                        .append(set(version, port, turn % 2 == 0 ? 'a' : 'b'))
                        .append('\n');
            }
        }
        return out.toString();
    }
}
