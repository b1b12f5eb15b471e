package crosvm.runner.cli;

import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.SpecException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The specs that words of a command line mean, loaded.
 *
 * @param group the words
 * @param spec what came of them
 */
record LoadedGroup(SpecGroup group, LoadedSpec spec) {
    /**
     * The machines that are named, or all.
     *
     * @throws SpecException with all problems when there is an error anywhere
     */
    List<Loaded> machines() {
        List<Loaded> all = spec.orThrow();
        Fleet fleet = spec.fleet();
        if (fleet == null || group.names().isEmpty()) {
            return all;
        }
        Set<Fleet.Machine> wanted = new HashSet<>();
        group.names().forEach(name -> wanted.addAll(fleet.named(name)));
        return all.stream().filter(one -> wanted.contains(one.machine())).toList();
    }

    /**
     * The machines that are to be started: those named, or else those of the profiles; and all that they depend on.
     *
     * @param alone whether what a named machine depends on is left as it is
     */
    List<Loaded> toStart(Collection<String> profiles, boolean alone) {
        List<Loaded> all = spec.orThrow();
        Fleet fleet = spec.fleet();
        if (fleet == null) {
            return all;
        }
        Set<Fleet.Machine> wanted = new HashSet<>();
        Set<String> keys = new LinkedHashSet<>();
        if (group.names().isEmpty()) {
            keys.addAll(fleet.enabled(profiles));
        } else {
            for (String name : group.names()) {
                fleet.named(name).forEach(machine -> {
                    wanted.add(machine);
                    if (!alone) {
                        keys.addAll(fleet.member(machine.key()).dependsOn().keySet());
                    }
                });
            }
        }
        fleet.withDependencies(keys).forEach(key -> wanted.addAll(fleet.machines(key)));
        return all.stream().filter(one -> wanted.contains(one.machine())).toList();
    }

    /** The one machine's spec. */
    static VmSpec spec(Loaded machine) {
        LoadResult result = machine.result();
        return result.orThrow();
    }

    /** What it is called in the file of several; its own name for the file of one. */
    static String shortName(Loaded loaded) {
        Fleet.Machine machine = loaded.machine();
        return machine == null ? spec(loaded).name() : machine.shortName();
    }
}
