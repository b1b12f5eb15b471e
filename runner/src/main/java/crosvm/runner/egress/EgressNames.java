package crosvm.runner.egress;

import crosvm.schema.model.EgressTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The part of dnsmasq's configuration for an allow-list. Only names that are allowed are asked for at all, so that nothing leaks in
 * names; an answer that leads to a private address is left out, and every other goes into the sets of {@link AllowedList} before
 * the machine gets it.
 */
public final class EgressNames {
    private EgressNames() {}

    /**
     * The lines, in place of a {@code server} for all names.
     *
     * @param table family and name of the nft table, {@code inet crosvm}
     * @param resolver whom dnsmasq asks: {@code 192.0.2.53}, {@code 127.0.0.1#5353}
     * @param ipv6 whether machines get addresses of IPv6
     */
    public static String configuration(AllowedList list, String table, String resolver, boolean ipv6) {
        StringBuilder out = new StringBuilder("""
                stop-dns-rebind
                cache-size=0
                max-ttl=%d
                log-queries
                """.formatted(list.period()));
        if (!ipv6) {
            out.append("filter-AAAA\n");
        }
        Map<String, List<EgressTarget>> byName = new TreeMap<>();
        list.targets().stream()
                .filter(EgressTarget::isName)
                .forEach(target -> byName.computeIfAbsent(target.host(), n -> new ArrayList<>())
                        .add(target));
        String at = "#" + table.replace(' ', '#') + "#";
        Map<String, List<String>> sets = list.setsOfNames(4);
        Map<String, List<String>> sets6 = ipv6 ? list.setsOfNames(6) : Map.of();
        byName.forEach((name, targets) -> {
            servers(out, name, targets, resolver);
            List<String> filled = new ArrayList<>();
            sets.getOrDefault(name, List.of()).forEach(set -> filled.add("4" + at + set));
            sets6.getOrDefault(name, List.of()).forEach(set -> filled.add("6" + at + set));
            out.append("nftset=/%s/%s\n".formatted(name, String.join(",", filled)));
        });
        return out.toString();
    }

    private static void servers(StringBuilder out, String name, List<EgressTarget> targets, String resolver) {
        boolean itself = targets.stream().anyMatch(target -> target.kind() == EgressTarget.Kind.NAME);
        boolean below = targets.stream().anyMatch(target -> target.kind() == EgressTarget.Kind.BELOW);
        if (itself) {
            out.append("server=/%s/%s\n".formatted(name, resolver));
        }
        // A server for a name is one for all names below it unless that is said of them.
        out.append(below ? "server=/*.%s/%s\n".formatted(name, resolver) : "local=/*.%s/\n".formatted(name));
    }
}
