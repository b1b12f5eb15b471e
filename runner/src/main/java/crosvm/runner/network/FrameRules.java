package crosvm.runner.network;

import crosvm.schema.model.MacAddress;
import java.util.HexFormat;

/**
 * What may come in at the ports of the bridge, as nft reads it: of each machine only what comes from its own addresses, nothing
 * that a router or a DHCP server says, nothing to addresses that nobody has, which the bridge would send to everybody, and of what
 * all others or the network's own programs have to look at only so much. What is dropped is counted. The rules are in place before a
 * tap is connected.
 */
final class FrameRules {
    static final String TABLE = "bridge crosvm";

    /** Frames to all in a second. */
    private static final int BROADCASTS = 2_000;
    /** Packets to the name server in a second. */
    private static final int QUERIES = 1_000;
    /** DHCP requests and router solicitations in a second. */
    private static final int REQUESTS = 20;

    private FrameRules() {}

    /** The table without ports; replaces one that is there. */
    static String table(NetworkPlan plan) {
        return """
                add table %1$s
                delete table %1$s
                table %1$s {
                  map ports { type ifname : verdict; }
                  set macs { type ether_addr; elements = { %2$s }; }
                  chain incoming {
                    type filter hook prerouting priority -300; policy drop;
                    iifname vmap @ports
                  }
                }
                """.formatted(TABLE, plan.gatewayMac());
    }

    /**
     * The rules of a port. The client that a DHCP message is about is at byte 28 of it (RFC 2131 §2); the first of its fragments may
     * end before that, and then nothing is equal to anything.
     */
    static String port(NetworkPlan plan, NetworkPlan.Host host, String tap) {
        String mac = host.mac().toString();
        String ip = host.address().toString();
        return """
                table %1$s {
                  chain port-%2$s {
                    ether saddr != %3$s counter drop
                    ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 limit rate over %7$d/second burst %7$d packets counter drop
                    ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 ether daddr != @macs counter drop
                    ether daddr %8$s meta l4proto { tcp, udp } th dport 53 limit rate over %9$d/second burst %9$d packets counter drop
                    ether type arp jump arp-%2$s
                    ether type ip jump ip-%2$s
                %5$s    counter drop
                  }
                  chain arp-%2$s {
                    arp saddr ether != %3$s counter drop
                    arp saddr ip != { 0.0.0.0, %4$s } counter drop
                    arp saddr ip 0.0.0.0 arp daddr ip != %4$s counter drop
                    accept
                  }
                  chain ip-%2$s {
                    udp sport 67 counter drop
                    udp dport 67 jump dhcp-%2$s
                    ip saddr %4$s accept
                    ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept
                    counter drop
                  }
                  chain dhcp-%2$s {
                    limit rate over %11$d/second burst %11$d packets counter drop
                    @th,288,48 0x%10$s return
                    counter drop
                  }
                %6$s}
                add element %1$s macs { %3$s }
                add element %1$s ports { "%2$s" : goto port-%2$s }
                """.formatted(
                        TABLE,
                        tap,
                        mac,
                        ip,
                        plan.ipv6() ? "    ether type ip6 jump ip6-" + tap + "\n" : "",
                        plan.ipv6() ? ip6(plan, host.mac(), tap) : "",
                        BROADCASTS,
                        plan.gatewayMac(),
                        QUERIES,
                        HexFormat.of().formatHex(host.mac().toBytes()),
                        REQUESTS);
    }

    /** A neighbour's advertisement is at byte 8 of ICMPv6 about an address (RFC 4861 §4.4). */
    private static String ip6(NetworkPlan plan, MacAddress mac, String tap) {
        String local = Ipv6Addresses.onLink(mac);
        String unique = Ipv6Addresses.of(Ipv6Addresses.prefix(plan), mac);
        return """
                  chain ip6-%1$s {
                    icmpv6 type { nd-router-advert, nd-redirect } counter drop
                    udp sport 547 counter drop
                    icmpv6 type nd-router-solicit limit rate over %6$d/second burst %6$d packets counter drop
                    icmpv6 type nd-neighbor-advert jump advert-%1$s
                    ip6 saddr :: icmpv6 type nd-neighbor-solicit jump advert-%1$s
                    ip6 saddr { %2$s, %3$s } accept
                    ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-query, mld-listener-report, mld2-listener-report } accept
                    counter drop
                  }
                  chain advert-%1$s {
                    @th,64,128 %4$s return
                    @th,64,128 %5$s return
                    counter drop
                  }
                """.formatted(tap, local, unique, Ipv6Addresses.bits(local), Ipv6Addresses.bits(unique), REQUESTS);
    }

    /** Takes a port's rules away; in two steps, since a chain that something leads to cannot be deleted. */
    static String withoutPort(NetworkPlan plan, NetworkPlan.Host host, String tap) {
        StringBuilder out =
                new StringBuilder("delete element %1$s ports { \"%2$s\" }\ndelete element %1$s macs { %3$s }\n"
                        .formatted(TABLE, tap, host.mac()));
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

    private static final String[] CHAINS = {"port-", "arp-", "ip-", "dhcp-"};
    private static final String[] CHAINS_OF_BOTH = {"port-", "arp-", "ip-", "dhcp-", "ip6-", "advert-"};
}
