package crosvm.runner.network;

import crosvm.runner.report.FailedException;

/**
 * How many connections a machine may have open, as nft reads it: to the network's name servers by TCP, of which dnsmasq answers twenty
 * of all machines together, and through the router, whose table they fill. A table of its own that is there as long as the network: what
 * {@link RouteRules} replaces would count from nothing again. A machine is known by its MAC address, which {@link FrameRules} has looked at.
 */
final class OpenConnections {
    static final String TABLE = "inet crosvm_open";

    /** Of a machine to the name servers. */
    static final int ASKING = 3;

    /** Of a machine to the outside, of all protocols. */
    static final int OUTSIDE = 4_096;

    /** For those on a network whose kernel cannot count them: Debian's has the module, some that people build do not. */
    static final String UNBOUNDED =
            "how many connections a machine keeps open is not bounded: this kernel does not have the module nft_connlimit";

    private OpenConnections() {}

    /**
     * Has them counted from now on.
     *
     * @return whether the kernel can
     */
    static boolean bound(NetworkRoom room) {
        try {
            room.rules(table());
            return true;
        } catch (FailedException e) {
            if (String.valueOf(e.getMessage()).contains("No such file or directory")) {
                return false; // What nft says of an expression that the kernel does not know.
            }
            throw e;
        }
    }

    /** The table; replaces one that is there. What is beyond the limits is dropped: whoever begins it tries again. */
    static String table() {
        return """
                add table %1$s
                delete table %1$s
                table %1$s {
                  set asking { type ether_addr; size 65535; flags dynamic; }
                  set outside { type ether_addr; size 65535; flags dynamic; }
                  chain input {
                    type filter hook input priority -10;
                    iifname %2$s meta l4proto tcp ct state new add @asking { ether saddr ct count over %4$d } counter drop
                  }
                  chain forward {
                    type filter hook forward priority -10;
                    iifname %2$s oifname %3$s ct state new add @outside { ether saddr ct count over %5$d } counter drop
                  }
                }
                """.formatted(TABLE, RouteRules.BRIDGE, RouteRules.OUTSIDE, ASKING, OUTSIDE);
    }
}
