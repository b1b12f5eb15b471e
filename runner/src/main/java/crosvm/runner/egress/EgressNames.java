package crosvm.runner.egress;

import crosvm.schema.model.EgressTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The part of dnsmasq's configuration for an allow-list. Only names that are allowed are asked for at all, so that nothing leaks in
 * names; an answer that leads to a private address is left out, and every other goes into the sets of {@link EgressRules} before
 * the machine gets it.
 */
public final class EgressNames {
    private EgressNames() {}

    /**
     * The lines, in place of a {@code server} for all names.
     *
     * @param table family and name of the nft table, {@code inet crosvm}
     * @param resolver whom dnsmasq asks: {@code 192.0.2.53}, {@code 127.0.0.1#5353}
     * @param period that of the rules, in seconds: no machine believes an answer for longer
     * @param ipv6 whether machines get addresses of IPv6
     */
    public static String configuration(
            List<EgressTarget> allowed, String table, String resolver, int period, boolean ipv6) {
        StringBuilder out = new StringBuilder("""
                stop-dns-rebind
                cache-size=0
                max-ttl=%d
                log-queries
                """.formatted(period));
        if (!ipv6) {
            out.append("filter-AAAA\n");
        }
        Map<String, List<EgressTarget>> byName = new TreeMap<>();
        allowed.stream()
                .filter(EgressTarget::isName)
                .forEach(target -> byName.computeIfAbsent(target.host(), n -> new ArrayList<>())
                        .add(target));
        byName.forEach((name, targets) -> name(out, name, targets, table, resolver, ipv6));
        return out.toString();
    }

    private static void name(
            StringBuilder out, String name, List<EgressTarget> targets, String table, String resolver, boolean ipv6) {
        boolean itself = targets.stream().anyMatch(target -> target.kind() == EgressTarget.Kind.NAME);
        boolean below = targets.stream().anyMatch(target -> target.kind() == EgressTarget.Kind.BELOW);
        if (itself) {
            out.append("server=/%s/%s\n".formatted(name, resolver));
        }
        // A server for a name is one for all names below it unless that is said of them.
        out.append(below ? "server=/*.%s/%s\n".formatted(name, resolver) : "local=/*.%s/\n".formatted(name));
        List<String> sets = new ArrayList<>();
        targets.stream().mapToInt(EgressTarget::port).distinct().sorted().forEach(port -> {
            for (char generation : new char[] {'a', 'b'}) {
                sets.add("4#" + table.replace(' ', '#') + "#" + EgressRules.set(4, port, generation));
                if (ipv6) {
                    sets.add("6#" + table.replace(' ', '#') + "#" + EgressRules.set(6, port, generation));
                }
            }
        });
        out.append("nftset=/%s/%s\n".formatted(name, String.join(",", sets)));
    }
}
