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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a network between machines is to be: its own addresses and those of all machines that its file has on it, whether they run or
 * not. Immutable.
 *
 * @param fleet the fleet's name
 * @param network the network's name in the file
 * @param subnet its IPv4 addresses
 * @param ipv6 whether it has unique local addresses too
 * @param internet whether its machines get out
 * @param allow all that they reach there; null for everything
 * @param bridge the host's bridge that it is; null for one of its own
 * @param forward ports of the host that lead to machines
 * @param hosts the machines
 */
public record NetworkPlan(
        String fleet,
        String network,
        Ipv4Subnet subnet,
        boolean ipv6,
        boolean internet,
        @Nullable List<EgressTarget> allow,
        @Nullable String bridge,
        List<MachineForward> forward,
        List<Host> hosts) {
    /** Copies the lists. */
    public NetworkPlan {
        allow = allow == null ? null : List.copyOf(allow);
        forward = List.copyOf(forward);
        hosts = List.copyOf(hosts);
    }

    /**
     * A machine on the network.
     *
     * @param name its name in the file: {@code web-2}
     * @param key what it and its replicas have in common: {@code web}
     */
    public record Host(String name, String key, MacAddress mac, Ipv4Address address) {}

    /** A network of a file; {@code hosts} as {@link NetworkAddresses} has worked them out. */
    public static NetworkPlan of(String fleet, String network, FleetNetworkSpec spec, List<Host> hosts) {
        return new NetworkPlan(
                fleet,
                network,
                spec.subnet(fleet, network),
                spec.ipv6(),
                spec.leadsToInternet(),
                spec.allowed(),
                spec.bridge(),
                spec.forwards(),
                hosts);
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
        return new NetworkPlan(fleet, network, subnet, ipv6, internet, allow, bridge, forward, all);
    }

    /** Whether connections from outside or to it are carried. */
    boolean leadsOut() {
        return internet || !forward.isEmpty();
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
        out.append(internet ? ", leads to the internet" : ", does not lead out");
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
        fields.put("internet", allow == null ? String.valueOf(internet) : "allow " + allow);
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
        map.put("internet", internet);
        map.put(
                "allow",
                allow == null
                        ? null
                        : allow.stream().map(EgressTarget::toString).toList());
        map.put("bridge", bridge);
        map.put("forward", forward.stream().map(MachineForward::toString).toList());
        List<Object> machines = new ArrayList<>();
        hosts.forEach(host -> machines.add(Map.of(
                "name", host.name(),
                "key", host.key(),
                "mac", host.mac().toString(),
                "address", host.address().toString())));
        map.put("hosts", machines);
        return map;
    }

    /**
     * Reads what {@link #toMap} wrote.
     *
     * @throws IllegalArgumentException when something else did
     */
    public static NetworkPlan fromMap(Map<?, ?> map) {
        List<Host> hosts = new ArrayList<>();
        for (Object item : (List<?>) Objects.requireNonNull(map.get("hosts"))) {
            Map<?, ?> host = (Map<?, ?>) item;
            hosts.add(new Host(
                    text(host, "name"),
                    text(host, "key"),
                    MacAddress.parse(text(host, "mac")),
                    Ipv4Address.parse(text(host, "address"))));
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
                Boolean.TRUE.equals(map.get("internet")),
                map.get("allow") instanceof List<?> allow
                        ? allow.stream()
                                .map(item -> EgressTarget.parse(String.valueOf(item)))
                                .toList()
                        : null,
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
