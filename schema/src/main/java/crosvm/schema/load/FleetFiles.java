package crosvm.schema.load;

import crosvm.schema.bind.Derived;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.Interpolation;
import crosvm.schema.bind.TreeMerge;
import crosvm.schema.bind.TypeMismatch;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.model.FleetModel;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.SourceText;
import crosvm.schema.yaml.MergeKeys;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlReader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of one fleet, each with those that it includes, as one tree: an included file lies below the one that includes it, of
 * several included ones the later over the earlier ({@link TreeMerge}). Used by one thread, for one fleet.
 */
final class FleetFiles {
    /** More than that is a mistake, or an attack. */
    private static final int MAX_FILES = 100;

    private static final String MACHINES = "machines";
    private static final String INCLUDE = "include";
    private static final String DEFAULTS = "defaults";

    private final ProblemLog log;
    private final Interpolation interpolation;
    private final Map<String, Path> folders = new HashMap<>();
    private final List<Path> included = new ArrayList<>();
    private final Set<Path> open = new LinkedHashSet<>();
    private int count;

    /** @param interpolation for the paths of included files */
    FleetFiles(ProblemLog log, Interpolation interpolation) {
        this.log = log;
        this.interpolation = interpolation;
    }

    /** Whether a file holds several machines, or parts of them. */
    static boolean isFleet(Tree tree) {
        return tree instanceof Tree.Mapping mapping
                && (mapping.entry(MACHINES) != null || mapping.entry(INCLUDE) != null);
    }

    /** The included files, absolute. */
    List<Path> included() {
        return List.copyOf(included);
    }

    /** The folder of the file that a value is written in; null for a flag's. */
    @Nullable Path folder(Origin origin) {
        return folders.get(origin.file());
    }

    /**
     * One file with all that it includes.
     *
     * @param text the file's
     * @param tree what is in it
     * @param file its absolute path, which need not exist
     */
    Tree.Mapping read(SourceText text, Tree tree, Path file) {
        folders.put(text.name(), file.getParent() == null ? Path.of("/") : file.getParent());
        Tree merged = new MergeKeys(log).merge(tree);
        if (!(merged instanceof Tree.Mapping mapping)) {
            new TypeMismatch(log).noMapping(merged, "");
            return new Tree.Mapping(List.of(), merged.origin());
        }
        open.add(file);
        Tree.Mapping own = known(mapping);
        Tree.Mapping all = null;
        for (Tree.Mapping below : include(mapping.entry(INCLUDE), text.name(), file)) {
            all = all == null ? below : over(below, all);
        }
        open.remove(file);
        return all == null ? own : over(own, all);
    }

    /** Lays one file's tree over another's. */
    static Tree.Mapping over(Tree.Mapping upper, Tree.Mapping lower) {
        return (Tree.Mapping) TreeMerge.over(FleetModel.root(), upper, lower);
    }

    /** What means something, without the includes; a file of one machine as a fleet's. */
    private Tree.Mapping known(Tree.Mapping mapping) {
        List<Tree.Entry> entries = new ArrayList<>();
        for (Tree.Entry entry : mapping.entries()) {
            String key = entry.key();
            if (FleetModel.root().field(key) == null) {
                if (!key.startsWith(FleetModel.EXTENSION)) {
                    unknown(entry);
                }
            } else if (!key.equals(INCLUDE)) {
                boolean isNothing = entry.value() instanceof Tree.Scalar scalar && scalar.isNull();
                if (!(isNothing && key.equals(DEFAULTS))) {
                    entries.add(entry);
                }
            }
        }
        return new Tree.Mapping(entries, mapping.origin());
    }

    private void unknown(Tree.Entry entry) {
        String key = entry.key();
        boolean isMachines = FleetModel.machineInFleet().field(key) != null;
        String hint = isMachines
                ? "a machine has it: write it into one of machines:, or into defaults: for all of them"
                : DidYouMean.hint(key, FleetModel.root().names());
        log.add(FieldRule.UNKNOWN_KEY, entry.keyOrigin(), "", "unknown key \"" + key + "\"", hint);
    }

    private List<Tree.Mapping> include(Tree.@Nullable Entry include, String name, Path file) {
        List<Tree.Mapping> trees = new ArrayList<>();
        if (include == null) {
            return trees;
        }
        if (!(include.value() instanceof Tree.Sequence list)) {
            new TypeMismatch(log).noList(include.value(), INCLUDE);
            return trees;
        }
        for (int i = 0; i < list.items().size(); i++) {
            String path = INCLUDE + "[" + i + "]";
            if (!(list.items().get(i) instanceof Tree.Scalar scalar)) {
                new TypeMismatch(log).noScalar(list.items().get(i), path);
                continue;
            }
            Tree.Scalar filled = interpolation.apply(scalar, path);
            Tree.Mapping tree = filled == null ? null : include(filled, path, name, file);
            if (tree != null) {
                trees.add(tree);
            }
        }
        return trees;
    }

    private Tree.@Nullable Mapping include(Tree.Scalar item, String path, String name, Path file) {
        Path wanted;
        String shown;
        try {
            wanted = interpolation
                    .carried()
                    .place(file.resolveSibling(item.text()).normalize());
            shown = Path.of(name).resolveSibling(item.text()).normalize().toString();
        } catch (InvalidPathException e) {
            return refuse(item, path, "cannot be a file's name", "");
        }
        if (!shown.endsWith(".yaml") && !shown.endsWith(".yml")) { // Its lines may stand in messages.
            return refuse(item, path, "is not a YAML file by its name", "only .yaml and .yml files are included");
        }
        if (open.contains(wanted)) {
            return refuse(item, path, shown + " includes itself", "take one of the includes out");
        }
        if (++count > MAX_FILES) {
            return refuse(item, path, "is one of more than " + MAX_FILES + " included files", "");
        }
        if (Files.exists(wanted) && !Files.isRegularFile(wanted)) {
            return refuse(item, path, shown + " is not a file", "");
        }
        SourceFile source = SourceFile.read(shown, wanted);
        SourceText text = source.text();
        Problem problem = source.problem();
        if (text == null || problem != null) {
            return refuse(item, path, shown + ": " + (problem == null ? "" : problem.message()), "");
        }
        included.add(wanted);
        log.include(text);
        Tree tree = YamlReader.readFile(text, log);
        if (tree == null) {
            return null;
        }
        boolean isPart = isFleet(tree)
                || tree instanceof Tree.Mapping mapping
                        && (mapping.entry(DEFAULTS) != null
                                || mapping.entries().stream()
                                        .allMatch(entry -> entry.key().startsWith(FleetModel.EXTENSION)));
        if (isPart || !(tree instanceof Tree.Mapping machine)) {
            return read(text, tree, wanted);
        }
        folders.put(shown, wanted.getParent() == null ? Path.of("/") : wanted.getParent());
        new MergeKeys(log).refuse(tree);
        return asFleet(machine, wanted);
    }

    /** The file of one machine as that of a fleet, under the name that it has by itself. */
    private static Tree.Mapping asFleet(Tree.Mapping machine, Path file) {
        Tree.Entry name = machine.entry("name");
        String key = name != null && name.value() instanceof Tree.Scalar scalar
                ? scalar.text()
                : Derived.machineName(file).replace('.', '-');
        Origin at = machine.origin();
        List<Tree.Entry> rest = new ArrayList<>(machine.entries());
        rest.removeIf(entry -> entry.key().equals("name"));
        Tree machines = new Tree.Mapping(
                List.of(new Tree.Entry(key, name == null ? at : name.value().origin(), new Tree.Mapping(rest, at))),
                at);
        return new Tree.Mapping(List.of(new Tree.Entry(MACHINES, at, machines)), at);
    }

    private Tree.@Nullable Mapping refuse(Tree.Scalar item, String path, String message, String hint) {
        log.add(FleetFileRule.INCLUDE, item.origin(), path, message, hint);
        return null;
    }
}
