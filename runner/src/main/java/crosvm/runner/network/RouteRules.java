package crosvm.runner.network;

import crosvm.schema.model.MachineForward;
import java.util.Objects;

/**
 * What the network's router lets pass, as nft reads it: DHCP, DNS and echo requests to itself; from the machines outwards what is
 * allowed; inwards forwarded ports and answers. How fast a machine begins connections is bounded here; how many it keeps open is
 * by {@link OpenConnections}.
 */
final class RouteRules {
    /** The bridge's name in the namespace. */
    static final String BRIDGE = "br0";

    /** The interface that pasta makes. */
    static final String OUTSIDE = "out0";

    static final String TABLE = "inet crosvm";

    /** Connections that a machine may begin in a second, twice as many at once. */
    private static final int CONNECTIONS = 1_000;

    private RouteRules() {}

    /** The table; replaces one that is there. */
    static String table(NetworkPlan plan) {
        StringBuilder in = new StringBuilder();
        StringBuilder own = new StringBuilder();
        for (MachineForward forward : plan.forward()) {
            String to = Objects.requireNonNull(plan.host(forward.machine())).address() + ":" + forward.guest();
            in.append("    iifname %s tcp dport %d dnat ip to %s\n".formatted(OUTSIDE, forward.host(), to));
            own.append("    oifname lo tcp dport %d dnat ip to %s\n".formatted(forward.host(), to));
        }
        NameRules names = new NameRules(plan);
        return """
                add table %1$s
                delete table %1$s
                table %1$s {
                  set callers { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 10s; }
                  set callers6 { type ipv6_addr; size 65535; flags dynamic,timeout; timeout 10s; }
                  chain begun {
                    type filter hook prerouting priority -150;
                    iifname %2$s ct state new update @callers { ip saddr limit rate over %9$d/second burst %10$d packets } counter drop
                    iifname %2$s ct state new update @callers6 { ip6 saddr limit rate over %9$d/second burst %10$d packets } counter drop
                  }
                  chain input {
                    type filter hook input priority 0; policy drop;
                %7$s    ct state established,related accept
                    iifname lo accept
                    iifname %2$s udp dport { 53, 67 } accept
                    iifname %2$s tcp dport 53 accept
                    iifname %2$s meta l4proto { icmp, icmpv6 } accept
                  }
                  chain forward {
                    type filter hook forward priority 0; policy drop;
                    ct state established,related accept
                    iifname %2$s oifname %2$s accept
                    ct status dnat accept
                %4$s  }
                %8$s  chain dnat-outside {
                    type nat hook prerouting priority -100;
                %5$s  }
                  chain dnat-own {
                    type nat hook output priority -100;
                %6$s  }
                  chain source {
                    type nat hook postrouting priority 100;
                    oifname %3$s masquerade
                    oifname %2$s ct status dnat masquerade
                  }
                }
                """.formatted(
                        TABLE,
                        BRIDGE,
                        OUTSIDE,
                        plan.internet() ? "    iifname %s oifname %s accept\n".formatted(BRIDGE, OUTSIDE) : "",
                        in,
                        own,
                        names.isNeeded() ? names.input() : "",
                        names.isNeeded() ? names.chains() : "",
                        CONNECTIONS,
                        2 * CONNECTIONS);
    }
}
