package crosvm.runner.network;

import crosvm.schema.json.Json;
import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MachineForward;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a network between machines is to be: its own addresses and those of all machines that its file has on it, whether they run or
 * not. Immutable.
 *
 * @param fleet the fleet's name
 * @param network the network's name in the file
 * @param subnet its IPv4 addresses
 * @param ipv6 whether it has unique local addresses too
 * @param reach what its machines reach outside
 * @param bridge the host's bridge that it is; null for one of its own
 * @param forward ports of the host that lead to machines
 * @param hosts the machines
 */
public record NetworkPlan(
        String fleet,
        String network,
        Ipv4Subnet subnet,
        boolean ipv6,
        Reach reach,
        @Nullable String bridge,
        List<MachineForward> forward,
        List<Host> hosts) {
    /** Copies the lists. */
    public NetworkPlan {
        forward = List.copyOf(forward);
        hosts = List.copyOf(hosts);
    }

    /** One whose machines reach everything outside, or what is listed, or nothing. */
    NetworkPlan(
            String fleet,
            String network,
            Ipv4Subnet subnet,
            boolean ipv6,
            boolean internet,
            @Nullable List<EgressTarget> allow,
            @Nullable String bridge,
            List<MachineForward> forward,
            List<Host> hosts) {
        this(fleet, network, subnet, ipv6, new Reach(internet, allow), bridge, forward, hosts);
    }

    /**
     * A machine on the network.
     *
     * @param name its name in the file: {@code web-2}
     * @param key what it and its replicas have in common: {@code web}
     * @param own what it reaches outside; null: what the network's machines do
     */
    public record Host(
            String name,
            String key,
            MacAddress mac,
            Ipv4Address address,
            @Nullable Reach own) {
        /** One that reaches what the network's machines do. */
        public Host(String name, String key, MacAddress mac, Ipv4Address address) {
            this(name, key, mac, address, null);
        }
    }

    /** A network of a file; {@code hosts} as {@link NetworkAddresses} has worked them out. */
    public static NetworkPlan of(String fleet, String network, FleetNetworkSpec spec, List<Host> hosts) {
        return new NetworkPlan(
                fleet,
                network,
                spec.subnet(fleet, network),
                spec.ipv6(),
                new Reach(spec.leadsToInternet(), spec.allowed()),
                spec.bridge(),
                spec.forwards(),
                hosts);
    }

    /** Of the network's end on the host. */
    MacAddress gatewayMac() {
        return MacAddress.derived(fleet + "/" + network + "/gateway");
    }

    /** The machine of that name. */
    public @Nullable Host host(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** The same with more machines. */
    NetworkPlan with(Host more) {
        List<Host> all = new ArrayList<>(hosts);
        all.add(more);
        return new NetworkPlan(fleet, network, subnet, ipv6, reach, bridge, forward, all);
    }

    /** What this machine of the network reaches outside. */
    Reach reach(Host host) {
        return host.own() == null ? reach : host.own();
    }

    /** Everything that is said of what machines reach, each once and the network's own first. */
    List<Reach> reaches() {
        Set<Reach> reaches = new LinkedHashSet<>(List.of(reach));
        hosts.forEach(host -> reaches.add(reach(host)));
        return List.copyOf(reaches);
    }

    /** Whether some machine gets out. */
    boolean internet() {
        return reaches().stream().anyMatch(Reach::internet);
    }

    /** Whether connections from outside or to it are carried. */
    boolean leadsOut() {
        return internet() || !forward.isEmpty();
    }

    /** For people: {@code lan of shop}. */
    String title() {
        return network + " of " + fleet;
    }

    /** What there is to say of it, for people. */
    public String describe() {
        if (bridge != null) {
            return "bridge " + bridge + " of the host";
        }
        StringBuilder out = new StringBuilder(subnet.toString());
        out.append(ipv6 ? ", " + Ipv6Addresses.prefix(this) + "::/64" : "");
        out.append(", ").append(reach.describe(false));
        hosts.stream()
                .filter(host -> host.own() != null)
                .forEach(host -> out.append(", ")
                        .append(host.name())
                        .append(' ')
                        .append(reach(host).describe(true)));
        forward.forEach(port -> out.append(", port ")
                .append(port.host())
                .append(" of the host to ")
                .append(port.machine())
                .append(':')
                .append(port.guest()));
        return out.toString();
    }

    /** Its own fields by their names in the file; those that it does not have are left out. */
    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        if (bridge != null) {
            fields.put("bridge", bridge);
            return fields;
        }
        fields.put("subnet", subnet.toString());
        fields.put("ipv6", String.valueOf(ipv6));
        fields.put("internet", reach.allow() == null ? String.valueOf(reach.internet()) : "allow " + reach.allow());
        if (!forward.isEmpty()) {
            fields.put("forward", forward.toString());
        }
        return fields;
    }

    /** For another process. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("fleet", fleet);
        map.put("network", network);
        map.put("subnet", subnet.toString());
        map.put("ipv6", ipv6);
        List<Reach> reaches = reaches(); // Hundreds of machines may have the same long list.
        map.put("reaches", reaches.stream().map(Reach::toMap).toList());
        map.put("bridge", bridge);
        map.put("forward", forward.stream().map(MachineForward::toString).toList());
        List<Object> machines = new ArrayList<>();
        hosts.forEach(host -> machines.add(Map.of(
                "name", host.name(),
                "key", host.key(),
                "mac", host.mac().toString(),
                "address", host.address().toString(),
                "reach", host.own() == null ? -1 : reaches.indexOf(host.own()))));
        map.put("hosts", machines);
        return map;
    }

    /**
     * Reads what {@link #toMap} wrote.
     *
     * @throws IllegalArgumentException when something else did
     */
    public static NetworkPlan fromMap(Map<?, ?> map) {
        List<Reach> reaches = ((List<?>) Objects.requireNonNull(map.get("reaches")))
                .stream().map(item -> Reach.fromMap((Map<?, ?>) item)).toList();
        List<Host> hosts = new ArrayList<>();
        for (Object item : (List<?>) Objects.requireNonNull(map.get("hosts"))) {
            Map<?, ?> host = (Map<?, ?>) item;
            int own = ((Number) Objects.requireNonNull(host.get("reach"))).intValue();
            hosts.add(new Host(
                    text(host, "name"),
                    text(host, "key"),
                    MacAddress.parse(text(host, "mac")),
                    Ipv4Address.parse(text(host, "address")),
                    own < 0 ? null : reaches.get(own)));
        }
        List<MachineForward> forward = ((List<?>) Objects.requireNonNull(map.get("forward")))
                .stream()
                        .map(item -> MachineForward.parse(String.valueOf(item)))
                        .toList();
        return new NetworkPlan(
                text(map, "fleet"),
                text(map, "network"),
                Ipv4Subnet.parse(text(map, "subnet")),
                Boolean.TRUE.equals(map.get("ipv6")),
                reaches.get(0),
                (String) map.get("bridge"),
                forward,
                hosts);
    }

    private static String text(Map<?, ?> map, String key) {
        return String.valueOf(Objects.requireNonNull(map.get(key), key));
    }

    /** On one line. */
    @Override
    public String toString() {
        return Json.compact(toMap());
    }
}
