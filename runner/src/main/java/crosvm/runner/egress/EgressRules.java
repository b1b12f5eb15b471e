package crosvm.runner.egress;

import java.util.List;

/** What the lists of a network have in common in their nft table: the host's own addresses, and what is done with whom they refuse. */
public final class EgressRules {
    /** The chain that drops, and remembers what it has dropped. */
    public static final String REFUSE = "refuse";

    /** The set of the host's own IPv4 addresses. */
    static final String OWN = "host";

    /** Who was refused what: source, destination, protocol, port. */
    static final String REFUSED = "refused";

    /** The same of IPv6. */
    static final String REFUSED6 = "refused6";

    /** How many packets each machine was refused, by its address. */
    static final String REFUSED_EACH = "refused-each";

    /** The same of IPv6. */
    static final String REFUSED_EACH6 = "refused-each6";

    private static final int MAX_REFUSED = 4096;

    private EgressRules() {}

    /**
     * Sets and chains that stand in the network's table, of the family {@code inet}.
     *
     * @param lists all that chains of the table go to
     * @param own the host's own IPv4 addresses
     */
    public static String inTable(List<AllowedList> lists, List<String> own) {
        StringBuilder out = new StringBuilder();
        String elements = own.isEmpty() ? "" : " elements = { " + String.join(", ", own) + " };";
        out.append("  set %s { type ipv4_addr;%s }\n".formatted(OWN, elements));
        out.append(refused(REFUSED, 4)).append(refused(REFUSED6, 6));
        out.append(each(REFUSED_EACH, 4)).append(each(REFUSED_EACH6, 6));
        out.append("  chain %s {\n".formatted(REFUSE));
        out.append(remember(REFUSED, REFUSED_EACH, "ip")).append(remember(REFUSED6, REFUSED_EACH6, "ip6"));
        out.append("    counter drop\n  }\n");
        lists.forEach(list -> out.append(list.inTable()));
        return out.toString();
    }

    private static String refused(String set, int version) {
        return "  set %s { type ipv%d_addr . ipv%d_addr . inet_proto . inet_service; flags dynamic,timeout;"
                        .formatted(set, version, version)
                + " timeout 1h; size %d; counter; }\n".formatted(MAX_REFUSED);
    }

    /** Of its own: the other set is full before a machine that tries all ports of all addresses gives up. */
    private static String each(String set, int version) {
        return "  set %s { type ipv%d_addr; flags dynamic; size %d; counter; }\n".formatted(set, version, MAX_REFUSED);
    }

    private static String remember(String set, String each, String family) {
        String start = "    meta nfproto %s meta l4proto ".formatted(family.equals("ip") ? "ipv4" : "ipv6");
        String element = "{ %1$s saddr . %1$s daddr . meta l4proto . ".formatted(family);
        return "    update @%s { %s saddr }\n".formatted(each, family) + start + "{ tcp, udp } update @" + set + " "
                + element + "th dport }\n" + start + "!= { tcp, udp } update @" + set + " " + element + "0 }\n";
    }

    /** The sets that tell of refusals; nft lists one at a time. IPv6's stay empty on a network without it. */
    public static List<String> toldBy(boolean ipv6) {
        return ipv6 ? List.of(REFUSED, REFUSED_EACH, REFUSED6, REFUSED_EACH6) : List.of(REFUSED, REFUSED_EACH);
    }

    /** Adds addresses that the host has got since. */
    public static String moreOwn(String table, List<String> own) {
        return "add element " + table + " " + OWN + " { " + String.join(", ", own) + " }\n";
    }
}
