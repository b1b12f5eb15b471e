package crosvm.runner.egress;

import crosvm.schema.model.EgressTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * One list of what machines may reach outside, as a chain and sets of an nft table. Addresses that names have come to are in sets, which the
 * dnsmasq of those machines fills with each answer that it gives out. An element that is there already keeps its old time in a set, whatever is
 * answered again; so there are two sets in each place, of which one and then the other is emptied: an address stays for one to two
 * periods after its last answer. Should nobody empty them, their elements expire after two. Immutable.
 *
 * @param number tells the lists of a network apart
 * @param targets what is allowed
 * @param period seconds, 1 or more
 */
public record AllowedList(int number, List<EgressTarget> targets, int period) {
    private static final char[] GENERATIONS = {'a', 'b'};
    private static final int[] VERSIONS = {4, 6};
    private static final int MAX_ADDRESSES = 65_536;

    /** Where no answer of a public name's leads: RFC 6890, and what is multicast or reserved. */
    private static final String SPECIAL =
            "{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24,"
                    + " 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }";

    private static final String SPECIAL6 = "{ ::/8, fc00::/7, fe80::/10, ff00::/8 }";

    /** Copies the list. */
    public AllowedList {
        targets = List.copyOf(targets);
    }

    /** The chain, for what a machine sends outside. It accepts or drops. */
    public String chain() {
        return "list-" + number;
    }

    /** Ports that names are allowed with; 0 for all. */
    private TreeSet<Integer> ports() {
        TreeSet<Integer> ports = new TreeSet<>();
        targets.stream().filter(EgressTarget::isName).forEach(target -> ports.add(target.port()));
        return ports;
    }

    /** {@code names0-4-443-a}: a set of addresses for names with that port. */
    private String set(int version, int port, char generation) {
        return "names" + number + "-" + version + "-" + port + "-" + generation;
    }

    /** The sets of a version for names with a port. */
    List<String> sets(int version, int port) {
        List<String> sets = new ArrayList<>();
        for (char generation : GENERATIONS) {
            sets.add(set(version, port, generation));
        }
        return sets;
    }

    /** Sets and chain, as they stand in a table with those of {@link EgressRules}. */
    String inTable() {
        StringBuilder out = new StringBuilder();
        for (int port : ports()) {
            for (int version : VERSIONS) {
                sets(version, port)
                        .forEach(
                                set -> out.append("  set %s { type ipv%d_addr; flags timeout; timeout %ds; size %d; }\n"
                                        .formatted(set, version, 2 * period, MAX_ADDRESSES)));
            }
        }
        out.append("  chain %s {\n".formatted(chain()));
        out.append("    meta l4proto != { tcp, udp } goto %s\n".formatted(EgressRules.REFUSE));
        targets.stream()
                .filter(target -> !target.isName())
                .forEach(target -> out.append("    %s daddr %s %saccept\n"
                        .formatted(
                                target.kind() == EgressTarget.Kind.IPV4 ? "ip" : "ip6",
                                target.host(),
                                port(target.port()))));
        out.append("    ip daddr @%s goto %s\n".formatted(EgressRules.OWN, EgressRules.REFUSE));
        out.append("    ip daddr %s goto %s\n".formatted(SPECIAL, EgressRules.REFUSE));
        out.append("    ip6 daddr %s goto %s\n".formatted(SPECIAL6, EgressRules.REFUSE));
        for (int port : ports()) {
            sets(4, port).forEach(set -> out.append("    %sip daddr @%s accept\n".formatted(port(port), set)));
            sets(6, port).forEach(set -> out.append("    %sip6 daddr @%s accept\n".formatted(port(port), set)));
        }
        return out.append("    goto %s\n  }\n".formatted(EgressRules.REFUSE)).toString();
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
            for (int version : VERSIONS) {
                out.append("flush set ")
                        .append(table)
                        .append(' ')
                        .append(set(version, port, GENERATIONS[(int) (turn % GENERATIONS.length)]))
                        .append('\n');
            }
        }
        return out.toString();
    }
}
