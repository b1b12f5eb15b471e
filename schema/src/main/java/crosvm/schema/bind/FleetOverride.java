package crosvm.schema.bind;

import crosvm.schema.model.FleetModel;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.List;

/** One override in the tree of a fleet: in the one machine that it names, or in all of them. */
final class FleetOverride {
    private static final String MACHINES = "machines";
    private static final String INCLUDE = "include";
    private static final String NETWORKS = "networks";

    private FleetOverride() {}

    /** The tree with the change made. */
    static Tree apply(SpecOverrides.Change change, Tree tree, ProblemLog log) {
        List<String> tokens = TreeEditor.tokens(change.path());
        String first = tokens.get(0);
        Tree.Entry machines = tree instanceof Tree.Mapping fleet ? fleet.entry(MACHINES) : null;
        boolean isMachines = FleetModel.root().field(first) == null || isOfMachines(first, tokens, tree);
        if (isMachines) {
            return machines == null || !(tree instanceof Tree.Mapping fleet)
                    ? tree
                    : inAll(change, fleet, machines, log);
        }
        if (first.equals(INCLUDE)) {
            log.add(FieldRule.BAD_OVERRIDE, change.origin(), "", "cannot be set: files are included before", "");
            return tree;
        }
        if (first.equals(MACHINES) && machines != null && machines.value() instanceof Tree.Mapping mapping) {
            String name = tokens.size() < 2 ? "" : tokens.get(1);
            if (mapping.entry(name) == null) {
                List<String> names =
                        mapping.entries().stream().map(Tree.Entry::key).toList();
                log.add(
                        FieldRule.BAD_OVERRIDE,
                        change.origin(),
                        "",
                        name.isEmpty() ? "names no machine" : "there is no machine \"" + name + "\"",
                        DidYouMean.hint(name, names));
                return tree;
            }
        }
        return change.edit().apply(tree, log, FleetModel.root());
    }

    /** Machines have networks too: a list, whose items go by id or number. */
    private static boolean isOfMachines(String first, List<String> tokens, Tree tree) {
        if (!first.equals(NETWORKS)) {
            return false;
        }
        Tree.Entry networks = tree instanceof Tree.Mapping fleet ? fleet.entry(NETWORKS) : null;
        return tokens.size() < 2
                || networks == null
                || !(networks.value() instanceof Tree.Mapping named)
                || named.entry(tokens.get(1)) == null;
    }

    @SuppressWarnings("ReferenceEquality") // The very entry, not one like it.
    private static Tree inAll(SpecOverrides.Change change, Tree.Mapping fleet, Tree.Entry machines, ProblemLog log) {
        if (!(machines.value() instanceof Tree.Mapping mapping)) {
            return fleet;
        }
        List<Tree.Entry> changed = new ArrayList<>();
        for (Tree.Entry machine : mapping.entries()) {
            ProblemLog own = log.within(MACHINES + "." + machine.key());
            Tree after = change.edit().apply(machine.value(), own, FleetModel.machineInFleet());
            changed.add(new Tree.Entry(machine.key(), machine.keyOrigin(), after));
        }
        List<Tree.Entry> entries = new ArrayList<>();
        for (Tree.Entry entry : fleet.entries()) {
            Tree value = entry == machines ? new Tree.Mapping(changed, mapping.origin()) : entry.value();
            entries.add(new Tree.Entry(entry.key(), entry.keyOrigin(), value));
        }
        return new Tree.Mapping(entries, fleet.origin());
    }
}
