package crosvm.runner.network;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the host routes elsewhere than to its gateway. */
public final class HostRoutes {
    private static final Path ROUTES = Path.of("/proc/net/route");
    private static final int INTERFACE = 0;
    private static final int DESTINATION = 1;
    private static final int MASK = 7;

    private HostRoutes() {}

    /** Where addresses lead. */
    private record Route(String to, int destination, int mask) {}

    /**
     * Only a way out meets the host's routes: a network without one is by itself.
     *
     * @throws VmmException when the host has a route into the subnet
     */
    static void requireFree(NetworkPlan plan) {
        String taken = plan.leadsOut() ? taken(plan.subnet()) : null;
        if (taken != null) {
            throw new VmmException("network " + plan.network() + ": " + taken);
        }
    }

    /** What the host does with a part of this subnet, for people; null when nothing. */
    public static @Nullable String taken(Ipv4Subnet subnet) {
        try {
            return taken(subnet, Files.readAllLines(ROUTES));
        } catch (IOException e) {
            return null; // A host without IPv4.
        }
    }

    static @Nullable String taken(Ipv4Subnet subnet, List<String> lines) {
        for (Route route : routes(lines)) {
            int mask = route.mask() & subnet.netmask().bits();
            if (route.mask() != 0
                    && (route.destination() & mask) == (subnet.network().bits() & mask)) {
                return "the host routes " + new Ipv4Address(route.destination()) + "/" + Integer.bitCount(route.mask())
                        + " to " + route.to() + ", which overlaps the subnet " + subnet
                        + "; machines could not reach it. Write another subnet";
            }
        }
        return null;
    }

    /** The numbers are in the processor's byte order, here little-endian. */
    private static List<Route> routes(List<String> lines) {
        List<Route> routes = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] words = line.trim().split("\\s+");
            if (words.length > MASK) {
                routes.add(new Route(words[INTERFACE], number(words[DESTINATION]), number(words[MASK])));
            }
        }
        return routes;
    }

    private static int number(String hex) {
        return Integer.reverseBytes(Integer.parseUnsignedInt(hex, 16));
    }
}
