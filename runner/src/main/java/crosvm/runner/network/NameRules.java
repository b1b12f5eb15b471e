package crosvm.runner.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which dnsmasq of the network answers which machine, as nft reads it, where there are several: each machine asks the gateway, and comes to its own
 * and no other. Immutable.
 */
final class NameRules {
    private final NetworkPlan plan;
    private final List<Reach> reaches;

    NameRules(NetworkPlan plan) {
        this.plan = plan;
        this.reaches = plan.reaches();
    }

    boolean isNeeded() {
        return reaches.size() > 1;
    }

    /**
     * The first rule of the chain for what comes to the router. It has the last word on connections that are established, too: what
     * a machine is led to may have changed since.
     */
    String input() {
        return "    iifname %s meta l4proto { tcp, udp } th dport { %d, %d-%d } jump names\n"
                .formatted(RouteRules.BRIDGE, NameServer.port(0), NameServer.port(1), NameServer.port(reaches.size()));
    }

    /** Further chains of the table. */
    String chains() {
        StringBuilder out = new StringBuilder("  chain names {\n");
        out.append("    ip saddr . th dport { %s } accept\n".formatted(pairs(" . ", true, 4)));
        if (plan.ipv6()) {
            out.append("    ip6 saddr . th dport { %s } accept\n".formatted(pairs(" . ", true, 6)));
        }
        out.append("    counter drop\n  }\n  chain dnat-names {\n    type nat hook prerouting priority -100;\n");
        String start = "    iifname " + RouteRules.BRIDGE + " meta l4proto { tcp, udp } th dport " + NameServer.port(0);
        out.append(start)
                .append(" ip daddr %s redirect to :ip saddr map { %s }\n"
                        .formatted(plan.subnet().gateway(), pairs(" : ", false, 4)));
        if (plan.ipv6()) {
            out.append(start)
                    .append(" ip6 daddr { %s::1, fe80::/10 } redirect to :ip6 saddr map { %s }\n"
                            .formatted(Ipv6Addresses.prefix(plan), pairs(" : ", false, 6)));
        }
        return out.append("  }\n").toString();
    }

    /** @param all also machines that the network's own answers */
    private String pairs(String between, boolean all, int version) {
        List<String> pairs = new ArrayList<>();
        for (NetworkPlan.Host host : plan.hosts()) {
            int number = reaches.indexOf(plan.reach(host));
            if (all || number > 0) {
                addresses(host, version).forEach(address -> pairs.add(address + between + NameServer.port(number)));
            }
        }
        return pairs.stream().collect(Collectors.joining(", "));
    }

    private List<String> addresses(NetworkPlan.Host host, int version) {
        return version == 4
                ? List.of(host.address().toString())
                : List.of(Ipv6Addresses.of(Ipv6Addresses.prefix(plan), host.mac()), Ipv6Addresses.onLink(host.mac()));
    }
}
