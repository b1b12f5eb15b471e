package crosvm.runner.cli;

import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.MachineForward;
import crosvm.schema.model.MemberSpec;
import crosvm.schema.write.SpecWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The machines of a fleet as maps and lists, which written down are a file of the same machines. */
final class FleetMap {
    private FleetMap() {}

    /** These machines with all their values; each replica is a machine of its own. */
    static Map<String, Object> of(Fleet fleet, List<Loaded> machines) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (Loaded loaded : machines) {
            Fleet.Machine machine = Objects.requireNonNull(loaded.machine());
            Map<String, Object> map = new LinkedHashMap<>(SpecWriter.toMap(LoadedGroup.spec(loaded)));
            map.remove("name"); // Its key, with the fleet's name.
            MemberSpec member = fleet.member(machine.key());
            Map<String, Object> needs = new LinkedHashMap<>();
            member.dependsOn()
                    .forEach((key, how) -> fleet.machines(key).stream()
                            .filter(needed -> machines.stream().anyMatch(one -> needed.equals(one.machine())))
                            .forEach(needed -> needs.put(needed.shortName(), EnumWord.of(how))));
            if (!needs.isEmpty()) {
                map.put("dependsOn", needs);
            }
            if (!member.profiles().isEmpty()) {
                map.put("profiles", member.profiles());
            }
            all.put(machine.shortName(), map);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", fleet.name());
        Map<String, Object> networks = networks(fleet, all.keySet());
        if (!networks.isEmpty()) {
            map.put("networks", networks);
        }
        map.put("machines", all);
        return map;
    }

    /** Without what leads to machines that are left out. */
    static Map<String, Object> networks(Fleet fleet, Set<String> machines) {
        Map<String, Object> networks = new LinkedHashMap<>();
        fleet.networks().forEach((name, spec) -> {
            Map<String, Object> map = new LinkedHashMap<>(SpecWriter.toMap(spec));
            List<String> forward = spec.forwards().stream()
                    .filter(port -> machines.contains(port.machine()))
                    .map(MachineForward::toString)
                    .toList();
            map.remove("forward");
            if (!forward.isEmpty()) {
                map.put("forward", forward);
            }
            if (spec.bridge() == null) {
                map.put("subnet", spec.subnet(fleet.name(), name).toString());
            } else {
                map.keySet().retainAll(Set.of("bridge"));
            }
            networks.put(name, map);
        });
        return networks;
    }
}
