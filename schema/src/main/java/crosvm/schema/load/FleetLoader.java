package crosvm.schema.load;

import crosvm.schema.bind.Binder;
import crosvm.schema.bind.Draft;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.Interpolation;
import crosvm.schema.bind.TreeMerge;
import crosvm.schema.bind.TypeMismatch;
import crosvm.schema.bind.Variables;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.check.SpecChecks;
import crosvm.schema.model.FleetModel;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.MemberSpec;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tree of a fleet, with all its files and overrides in it, to machines: first which there are, then each one's spec, which goes
 * the way of a file of one machine. Used by one thread, once.
 */
final class FleetLoader {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
    private static final int MAX_NAME = 63;
    private static final String MACHINES = "machines";
    private static final String NAME = "name";

    private final ProblemLog log;
    private final Variables variables;
    private final Function<Origin, Path> folders;
    private final Path file;
    private final Map<String, Declared> declared = new LinkedHashMap<>();
    private String name = "";
    private final FleetNetworks networks;
    private boolean unsound;
    /** The machines of a fleet whose dependencies are wrong, as if there were none. */
    private @Nullable Fleet rest;

    /** A machine of the file, not yet read. */
    private record Declared(Tree.Entry entry, Tree tree, ProblemLog log, Binder binder, MemberSpec member) {}

    /**
     * @param folders where relative paths start
     * @param file the fleet's first file, absolute
     */
    FleetLoader(ProblemLog log, Variables variables, Function<Origin, Path> folders, Path file) {
        this.log = log;
        this.variables = variables;
        this.folders = folders;
        this.file = file;
        this.networks = new FleetNetworks(log, own -> binder(own, variables, ""));
    }

    /**
     * Which machines there are; null when that cannot be told.
     *
     * @param given the name unless the file says another
     */
    @Nullable Fleet fleet(Tree.Mapping tree, String given) {
        Tree.Entry machines = tree.entry(MACHINES);
        name(tree.entry(NAME), given);
        if (machines == null) {
            log.add(
                    FieldRule.MISSING_KEY,
                    tree.origin(),
                    "",
                    "the key \"machines\" is missing",
                    "for example: machines: {web: {kernel: {builtin: hello}}}");
            return null;
        }
        if (!(machines.value() instanceof Tree.Mapping mapping)) {
            new TypeMismatch(log).noMapping(machines.value(), MACHINES);
            return null;
        }
        if (mapping.entries().isEmpty() || mapping.entries().size() > FleetModel.MAX_MACHINES) {
            log.add(
                    FieldRule.BAD_LENGTH,
                    machines.keyOrigin(),
                    MACHINES,
                    "has " + mapping.entries().size() + " items, must have 1 to " + FleetModel.MAX_MACHINES);
            return null;
        }
        Tree.Entry defaults = tree.entry("defaults");
        mapping.entries().forEach(entry -> declare(entry, defaults == null ? null : defaults.value()));
        Map<String, MemberSpec> members = new LinkedHashMap<>();
        declared.forEach((key, one) -> members.put(key, one.member()));
        boolean sound = new FleetChecks(log).check(members, this::dependencyOrigin);
        int all = members.values().stream().mapToInt(MemberSpec::replicas).sum();
        if (all > FleetModel.MAX_MACHINES) {
            log.add(
                    FieldRule.BAD_LENGTH,
                    machines.keyOrigin(),
                    MACHINES,
                    "stands for " + all + " machines, must be at most " + FleetModel.MAX_MACHINES);
            return null;
        }
        Map<String, FleetNetworkSpec> specs = networks.read(tree.entry("networks"));
        if (specs == null) {
            return null;
        }
        boolean whole = sound && !unsound;
        Fleet fleet = new Fleet(name, whole ? members : withoutDependencies(members), specs, networks.origins());
        if (!areNamesSound(fleet)) {
            return null;
        }
        rest = whole ? null : fleet;
        return whole ? fleet : null;
    }

    private static Map<String, MemberSpec> withoutDependencies(Map<String, MemberSpec> members) {
        Map<String, MemberSpec> independent = new LinkedHashMap<>();
        members.forEach(
                (key, member) -> independent.put(key, new MemberSpec(Map.of(), member.replicas(), member.profiles())));
        return independent;
    }

    /** Tells what is wrong with the machines themselves where {@link #fleet} has found something wrong between them. */
    void checkRest() {
        if (rest != null) {
            drafts(rest);
        }
    }

    private Origin dependencyOrigin(String key, String needed) {
        Binder binder = Objects.requireNonNull(declared.get(key)).binder();
        Origin at = binder.keys().get("dependsOn." + needed);
        return at == null ? Origin.DEFAULT : at;
    }

    private void name(Tree.@Nullable Entry entry, String given) {
        name = given;
        if (entry == null) {
            return;
        }
        if (!(entry.value() instanceof Tree.Scalar scalar)) {
            new TypeMismatch(log).noScalar(entry.value(), NAME);
            return;
        }
        Tree.Scalar filled = new Interpolation(variables, log).apply(scalar, NAME);
        if (filled == null) {
            unsound = true;
        } else if (!KEY.matcher(filled.text()).matches()) {
            log.add(
                    FleetFileRule.MACHINE_NAME,
                    filled.origin(),
                    NAME,
                    "\"" + filled.text()
                            + "\" must begin with a letter or digit and go on with letters, digits, _ or -");
            unsound = true;
        } else {
            name = filled.text();
        }
    }

    private void declare(Tree.Entry entry, @Nullable Tree defaults) {
        ProblemLog own = log.within(MACHINES + "." + entry.key());
        Tree tree = entry.value();
        if (tree instanceof Tree.Scalar scalar && scalar.isNull()) { // Nothing but the defaults.
            tree = new Tree.Mapping(List.of(), entry.keyOrigin());
        }
        if (defaults != null) {
            tree = TreeMerge.over(FleetModel.machineInFleet(), tree, defaults);
        }
        tree = withoutName(new DependencyList(own).asMapping(tree), own);
        Binder binder = binder(own, variables, "");
        MemberSpec member = (MemberSpec) binder.bindPart(SpecModel.member(), FleetModel.machineInFleet(), tree);
        if (!binder.unsound().isEmpty()) {
            unsound = true;
        }
        if (!KEY.matcher(entry.key()).matches()) {
            own.add(
                    FleetFileRule.MACHINE_NAME,
                    entry.keyOrigin(),
                    "",
                    "the name must begin with a letter or digit and go on with letters, digits, _ or -");
            unsound = true;
        }
        declared.put(entry.key(), new Declared(entry, tree, own, binder, member));
    }

    private Binder binder(ProblemLog own, Variables given, String machine) {
        return new Binder(own, new Interpolation(given, own), folders, machine);
    }

    private boolean areNamesSound(Fleet fleet) {
        Map<String, String> keys = new HashMap<>();
        boolean sound = true;
        for (Fleet.Machine machine : fleet.machines()) {
            Declared one = Objects.requireNonNull(declared.get(machine.key()));
            String other = keys.putIfAbsent(machine.shortName(), machine.key());
            String problem = other != null
                    ? "its replica " + machine.shortName() + " has the name of the machine " + other
                    : machine.name().length() > MAX_NAME
                            ? "the name " + machine.name() + " has "
                                    + machine.name().length() + " characters, at most " + MAX_NAME + " are allowed"
                            : "";
            if (!problem.isEmpty()) {
                one.log().add(FleetFileRule.MACHINE_NAME, one.entry().keyOrigin(), "", problem);
                sound = false;
            }
        }
        return sound;
    }

    /** The draft of each machine's spec, checked; after {@link #fleet}. */
    Map<Fleet.Machine, Draft> drafts(Fleet fleet) {
        Map<Fleet.Machine, Draft> drafts = new LinkedHashMap<>();
        for (Fleet.Machine machine : fleet.machines()) {
            drafts.put(machine, draft(machine));
        }
        new FleetChecks(log).checkReadiness(fleet, drafts, this::dependencyOrigin);
        networks.check(fleet, drafts);
        return drafts;
    }

    private Draft draft(Fleet.Machine machine) {
        Declared one = Objects.requireNonNull(declared.get(machine.key()));
        Variables own = variables
                .with("CROSVM_FLEET", machine.fleet())
                .with("CROSVM_MACHINE", machine.shortName())
                .with("CROSVM_REPLICA", String.valueOf(Math.max(1, machine.replica())));
        Binder binder = binder(one.log(), own, machine.name());
        VmSpec spec = binder.bindInFleet(one.tree());
        Draft draft = new Draft(spec, file, binder, one.log());
        SpecChecks.check(draft);
        return draft;
    }

    /** Its key is its name. */
    private static Tree withoutName(Tree tree, ProblemLog log) {
        Tree.Entry named = tree instanceof Tree.Mapping mapping ? mapping.entry(NAME) : null;
        if (named == null || !(tree instanceof Tree.Mapping mapping)) {
            return tree;
        }
        log.add(
                FieldRule.UNKNOWN_KEY,
                named.keyOrigin(),
                "",
                "unknown key \"name\"",
                "the name of a machine in a fleet is its key, with the fleet's name before it");
        List<Tree.Entry> entries = new ArrayList<>(mapping.entries());
        entries.remove(named);
        return new Tree.Mapping(entries, mapping.origin());
    }
}
