package crosvm.schema.load;

import crosvm.schema.model.Dependency;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.MemberSpec;
import crosvm.schema.problem.Origin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which machines a file of several has, and what they need of each other. Immutable.
 *
 * @param name the fleet's name
 * @param networks the networks between them by their names
 * @param members what is said of each by its key in the file, in the file's order; the dependencies have no circle
 * @param networkOrigins where the networks' fields come from by their path, {@code lan.subnet}; without those that have defaults
 */
public record Fleet(
        String name,
        Map<String, MemberSpec> members,
        Map<String, FleetNetworkSpec> networks,
        Map<String, Origin> networkOrigins) {
    /** Copies the maps. */
    public Fleet {
        members = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(members));
        networks = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(networks));
        networkOrigins = Map.copyOf(networkOrigins);
    }

    /**
     * One machine.
     *
     * @param key its key in the file: {@code web}
     * @param replica which of several, from 1; 0 for the only one
     */
    public record Machine(String fleet, String key, int replica) {
        /** Its name in the file: {@code web}, or {@code web-2} of several. */
        public String shortName() {
            return replica == 0 ? key : key + "-" + replica;
        }

        /** Its name among all machines of the user: {@code shop-web-2}. */
        public String name() {
            return fleet + "-" + shortName();
        }

        /** Written out: Java makes the code of a record's own at run time, which takes longer than to load the file. */
        @Override
        public int hashCode() {
            return 31 * key.hashCode() + replica;
        }
    }

    /** The machines of one key: several with {@code replicas}. */
    public List<Machine> machines(String key) {
        int replicas = member(key).replicas();
        List<Machine> machines = new ArrayList<>();
        for (int i = 1; i <= replicas; i++) {
            machines.add(new Machine(name, key, replicas == 1 ? 0 : i));
        }
        return machines;
    }

    /** All machines in an order in which they can be started: each behind those that it depends on, otherwise as in the file. */
    public List<Machine> machines() {
        return startOrder(members.keySet()).stream()
                .flatMap(key -> machines(key).stream())
                .toList();
    }

    /** What a name in the file stands for: all machines of a key, or one of them ({@code web-2}); nothing for an unknown one. */
    public List<Machine> named(String word) {
        if (members.containsKey(word)) {
            return machines(word);
        }
        return machines().stream()
                .filter(machine ->
                        machine.shortName().equals(word) || machine.name().equals(word))
                .toList();
    }

    /** What is said of a machine. */
    public MemberSpec member(String key) {
        return Objects.requireNonNull(members.get(key), key);
    }

    /** How many machines must be started one after the other before one can be, by its key. */
    public Map<String, Integer> depths() {
        Map<String, Integer> depths = new LinkedHashMap<>();
        for (String key : startOrder(members.keySet())) {
            int depth = 0;
            for (String needed : member(key).dependsOn().keySet()) {
                depth = Math.max(depth, 1 + depths.getOrDefault(needed, 0));
            }
            depths.put(key, depth);
        }
        return depths;
    }

    /** The keys of all machines that are started with these profiles, and those that they depend on. */
    public Set<String> enabled(Collection<String> profiles) {
        Set<String> keys = new LinkedHashSet<>();
        members.forEach((key, member) -> {
            if (member.profiles().isEmpty() || member.profiles().stream().anyMatch(profiles::contains)) {
                keys.add(key);
            }
        });
        return withDependencies(keys);
    }

    /** These keys and all that they depend on, in the order of {@link #machines()}. */
    public Set<String> withDependencies(Collection<String> keys) {
        Set<String> all = new LinkedHashSet<>();
        keys.forEach(key -> visit(key, all));
        Set<String> sorted = new LinkedHashSet<>(startOrder(members.keySet()));
        sorted.retainAll(all);
        return sorted;
    }

    private Set<String> startOrder(Collection<String> keys) {
        Set<String> order = new LinkedHashSet<>();
        keys.forEach(key -> visit(key, order));
        return order;
    }

    /** What it depends on, then itself. */
    private void visit(String key, Set<String> order) {
        if (!order.contains(key)) {
            Map<String, Dependency> needs = member(key).dependsOn();
            needs.keySet().forEach(needed -> visit(needed, order));
            order.add(key);
        }
    }
}
