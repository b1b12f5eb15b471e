package crosvm.runner.cli;

import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** In which order the machines of a fleet go down: first those on which none depends, at the same time; then what only they needed. */
final class DownWaves {
    private DownWaves() {}

    /** The names of these machines, those of each list to go down together. */
    static List<List<String>> of(Fleet fleet, List<Loaded> machines) {
        return ofMachines(
                fleet,
                machines.stream()
                        .map(loaded -> Objects.requireNonNull(loaded.machine()))
                        .toList());
    }

    static List<List<String>> ofMachines(Fleet fleet, Collection<Fleet.Machine> machines) {
        Map<String, Integer> depths = fleet.depths();
        Map<Integer, List<String>> waves = new TreeMap<>(Collections.reverseOrder());
        for (Fleet.Machine machine : machines) {
            waves.computeIfAbsent(depths.getOrDefault(machine.key(), 0), depth -> new ArrayList<>())
                    .add(machine.name());
        }
        return List.copyOf(waves.values());
    }
}
