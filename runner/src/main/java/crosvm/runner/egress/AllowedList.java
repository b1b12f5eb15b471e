package crosvm.runner.egress;

import crosvm.schema.model.EgressTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

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

    /** Names with the ports that each is allowed with; 0 for all. */
    private Map<String, SortedSet<Integer>> names() {
        Map<String, SortedSet<Integer>> names = new TreeMap<>();
        targets.stream()
                .filter(EgressTarget::isName)
                .forEach(target -> names.computeIfAbsent(target.host(), name -> new TreeSet<>())
                        .add(target.port()));
        return names;
    }

    /**
     * All that names have as their ports, each once. Names with the same ports share sets: dnsmasq reads lines of 1,024 characters at
     * most, in which there is no room for a set for each port of a name.
     */
    private static List<SortedSet<Integer>> groups(Map<String, SortedSet<Integer>> names) {
        return names.values().stream().distinct().toList();
    }

    /** {@code names0-4-1-a}: a set of addresses for the names of a group. */
    private String set(int version, int group, char generation) {
        return "names" + number + "-" + version + "-" + group + "-" + generation;
    }

    private List<String> sets(int version, int group) {
        List<String> sets = new ArrayList<>();
        for (char generation : GENERATIONS) {
            sets.add(set(version, group, generation));
        }
        return sets;
    }

    /** The sets that the addresses of each name belong into, of a version. */
    Map<String, List<String>> setsOfNames(int version) {
        Map<String, SortedSet<Integer>> names = names();
        List<SortedSet<Integer>> groups = groups(names);
        Map<String, List<String>> sets = new TreeMap<>();
        names.forEach((name, ports) -> sets.put(name, sets(version, groups.indexOf(ports))));
        return sets;
    }

    /** Sets and chain, as they stand in a table with those of {@link EgressRules}. */
    String inTable() {
        List<SortedSet<Integer>> groups = groups(names());
        StringBuilder out = new StringBuilder();
        for (int group = 0; group < groups.size(); group++) {
            for (int version : VERSIONS) {
                sets(version, group)
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
        for (int group = 0; group < groups.size(); group++) {
            String ports = ports(groups.get(group));
            sets(4, group).forEach(set -> out.append("    %sip daddr @%s accept\n".formatted(ports, set)));
            sets(6, group).forEach(set -> out.append("    %sip6 daddr @%s accept\n".formatted(ports, set)));
        }
        return out.append("    goto %s\n  }\n".formatted(EgressRules.REFUSE)).toString();
    }

    private static String ports(SortedSet<Integer> ports) {
        return ports.contains(0)
                ? ""
                : "th dport { " + ports.stream().map(String::valueOf).collect(Collectors.joining(", ")) + " } ";
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
        int groups = groups(names()).size();
        for (int group = 0; group < groups; group++) {
            for (int version : VERSIONS) {
                out.append("flush set ")
                        .append(table)
                        .append(' ')
                        .append(set(version, group, GENERATIONS[(int) (turn % GENERATIONS.length)]))
                        .append('\n');
            }
        }
        return out.toString();
    }
}
