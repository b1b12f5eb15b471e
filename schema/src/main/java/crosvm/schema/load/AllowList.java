package crosvm.schema.load;

import crosvm.schema.bind.Draft;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.InternetSpec;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.NetworkSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong with the list of what machines of a network may reach outside. */
final class AllowList {
    private AllowList() {}

    /**
     * Checks the list of a network, or of a machine on it.
     *
     * @param tell gets the path within that, and what is wrong there
     */
    static void check(
            @Nullable InternetSpec internet,
            FleetNetworkSpec network,
            Ipv4Subnet subnet,
            BiConsumer<String, String> tell) {
        if (internet == null) {
            return;
        }
        if (!internet.enabled() && !internet.allow().isEmpty()) {
            tell.accept("internet.allow", "has no effect: internet is off. Remove enabled: false, or the list");
            return;
        }
        Map<EgressTarget, Integer> seen = new LinkedHashMap<>();
        for (int i = 0; i < internet.allow().size(); i++) {
            String at = at(i);
            EgressTarget target;
            try {
                target = EgressTarget.parse(internet.allow().get(i));
            } catch (IllegalArgumentException e) {
                tell.accept(at, String.valueOf(e.getMessage()));
                continue;
            }
            Integer before = seen.putIfAbsent(target, i);
            String wrong = before != null
                    ? "\"" + target + "\" stands already at " + at(before)
                    : unreachable(target, network, subnet);
            if (wrong != null) {
                tell.accept(at, wrong);
            }
        }
        checkPorts(seen, tell);
    }

    private static String at(int index) {
        return "internet.allow[" + index + "]";
    }

    /** What dnsmasq is told to do with the addresses of a name, it does with those of all names below, too. */
    private static void checkPorts(Map<EgressTarget, Integer> targets, BiConsumer<String, String> tell) {
        Map<String, List<EgressTarget>> byName = targets.keySet().stream()
                .filter(EgressTarget::isName)
                .collect(Collectors.groupingBy(EgressTarget::host, LinkedHashMap::new, Collectors.toList()));
        for (List<EgressTarget> sameName : byName.values()) {
            for (int i = sameName.size() - 1; i >= 0; i--) {
                EgressTarget target = sameName.get(i);
                List<EgressTarget> others = sameName.stream()
                        .filter(other -> other.kind() != target.kind())
                        .toList();
                if (!others.isEmpty() && others.stream().noneMatch(other -> other.port() == target.port())) {
                    tell.accept(
                            at(Objects.requireNonNull(targets.get(target))),
                            "\"" + target + "\" and \"" + others.get(0)
                                    + "\" have different ports, which dnsmasq cannot tell apart. Give both the same");
                    break;
                }
            }
        }
    }

    /** Checks what a machine is said to reach by itself, if it is on this network. */
    static void check(Draft draft, String name, FleetNetworkSpec network, Ipv4Subnet subnet) {
        List<NetworkSpec> cards = draft.spec().networks();
        for (int i = 0; i < cards.size(); i++) {
            NetworkSpec card = cards.get(i);
            String path = "networks[" + i + "].";
            if (!name.equals(card.network()) || card.internet() == null) {
                continue;
            }
            if (network.bridge() != null) {
                draft.problem(
                        FleetFileRule.NETWORK_ALLOW,
                        path + "internet",
                        "cannot be enforced on the host's bridge " + network.bridge(),
                        "remove it, or the bridge of networks." + name);
            } else {
                check(
                        card.internet(),
                        network,
                        subnet,
                        (at, what) -> draft.problem(FleetFileRule.NETWORK_ALLOW, path + at, what));
            }
        }
    }

    private static @Nullable String unreachable(EgressTarget target, FleetNetworkSpec network, Ipv4Subnet subnet) {
        if (target.kind() == EgressTarget.Kind.IPV6 && !network.ipv6()) {
            return "\"" + target + "\" is never reached: the network has no IPv6. Add ipv6: true, or remove it";
        }
        if (target.kind() != EgressTarget.Kind.IPV4) {
            return null;
        }
        Ipv4Address address = Ipv4Address.parse(target.host().replaceFirst("/.*", ""));
        boolean single = target.host().endsWith("/32");
        if (address.bits() >>> 24 == 127 || address.bits() >>> 28 == 14) {
            return "\"" + target + "\" is never reached: it is loopback or multicast";
        }
        return single && subnet.contains(address)
                ? "\"" + target + "\" is in the network's own subnet " + subnet + ", which no list is asked about"
                : null;
    }
}
