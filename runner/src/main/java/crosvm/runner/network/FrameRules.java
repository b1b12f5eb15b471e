package crosvm.runner.network;

import crosvm.schema.model.MacAddress;

/**
 * What may come in at the ports of the bridge, as nft reads it: of each machine only what comes from its own addresses, and nothing
 * that a router or a DHCP server says. What is dropped is counted. The rules are in place before a tap is connected.
 */
final class FrameRules {
    static final String TABLE = "bridge crosvm";

    private FrameRules() {}

    /** The table without ports; replaces one that is there. */
    static String table() {
        return """
                add table %1$s
                delete table %1$s
                table %1$s {
                  map ports { type ifname : verdict; }
                  chain incoming {
                    type filter hook prerouting priority -300; policy drop;
                    iifname vmap @ports
                  }
                }
                """.formatted(TABLE);
    }

    /** The rules of a port. */
    static String port(NetworkPlan plan, NetworkPlan.Host host, String tap) {
        String mac = host.mac().toString();
        String ip = host.address().toString();
        return """
                table %1$s {
                  chain port-%2$s {
                    ether saddr != %3$s counter drop
                    ether type arp jump arp-%2$s
                    ether type ip jump ip-%2$s
                %5$s    counter drop
                  }
                  chain arp-%2$s {
                    arp saddr ether != %3$s counter drop
                    arp saddr ip != { 0.0.0.0, %4$s } counter drop
                    accept
                  }
                  chain ip-%2$s {
                    udp sport 67 counter drop
                    ip saddr %4$s accept
                    ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept
                    counter drop
                  }
                %6$s}
                add element %1$s ports { "%2$s" : goto port-%2$s }
                """.formatted(
                        TABLE,
                        tap,
                        mac,
                        ip,
                        plan.ipv6() ? "    ether type ip6 jump ip6-" + tap + "\n" : "",
                        plan.ipv6() ? ip6(plan, host.mac(), tap) : "");
    }

    /** A neighbour's advertisement is at byte 8 of ICMPv6 about an address (RFC 4861 §4.4). */
    private static String ip6(NetworkPlan plan, MacAddress mac, String tap) {
        String local = Ipv6Addresses.onLink(mac);
        String unique = Ipv6Addresses.of(Ipv6Addresses.prefix(plan), mac);
        return """
                  chain ip6-%1$s {
                    icmpv6 type { nd-router-advert, nd-redirect } counter drop
                    udp sport 547 counter drop
                    icmpv6 type nd-neighbor-advert jump advert-%1$s
                    ip6 saddr { %2$s, %3$s } accept
                    ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-query, mld-listener-report, mld2-listener-report } accept
                    counter drop
                  }
                  chain advert-%1$s {
                    @th,64,128 %4$s return
                    @th,64,128 %5$s return
                    counter drop
                  }
                """.formatted(tap, local, unique, Ipv6Addresses.bits(local), Ipv6Addresses.bits(unique));
    }

    /** Takes a port's rules away; in two steps, since a chain that something leads to cannot be deleted. */
    static String withoutPort(NetworkPlan plan, String tap) {
        StringBuilder out = new StringBuilder("delete element %1$s ports { \"%2$s\" }\n".formatted(TABLE, tap));
        for (String chain : plan.ipv6() ? CHAINS_OF_BOTH : CHAINS) {
            out.append("flush chain ")
                    .append(TABLE)
                    .append(' ')
                    .append(chain)
                    .append(tap)
                    .append('\n');
        }
        for (String chain : plan.ipv6() ? CHAINS_OF_BOTH : CHAINS) {
            out.append("delete chain ")
                    .append(TABLE)
                    .append(' ')
                    .append(chain)
                    .append(tap)
                    .append('\n');
        }
        return out.toString();
    }

    private static final String[] CHAINS = {"port-", "arp-", "ip-"};
    private static final String[] CHAINS_OF_BOTH = {"port-", "arp-", "ip-", "ip6-", "advert-"};
}
