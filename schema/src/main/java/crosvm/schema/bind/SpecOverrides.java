package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the command line changes in a spec: the same fields as the file's, addressed by their path or by their flag. Applied in
 * order to the file's tree before it is read, so that both take the same way from there. Immutable; any thread.
 */
public final class SpecOverrides {
    private static final Map<String, FieldInfo> FLAGS = flagsOfModel();

    private final List<Change> changes;

    private SpecOverrides(List<Change> changes) {
        this.changes = List.copyOf(changes);
    }

    /** Changes nothing. */
    public static SpecOverrides none() {
        return new SpecOverrides(List.of());
    }

    /** Starts a list of changes. */
    public static Builder builder() {
        return new Builder();
    }

    /** The fields that have a flag of their own, by its long name ({@code --memory}). */
    public static Map<String, FieldInfo> flags() {
        return FLAGS;
    }

    private static Map<String, FieldInfo> flagsOfModel() {
        Map<String, FieldInfo> flags = new LinkedHashMap<>();
        for (FieldInfo field : SpecModel.fields()) {
            if (!field.doc().flag().isEmpty() && flags.put(field.doc().flag(), field) != null) {
                throw new IllegalStateException(
                        "two fields have the flag " + field.doc().flag());
            }
        }
        return flags;
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    /** The tree of a machine with all changes made; what cannot be made is a problem in the log. */
    public Tree apply(Tree tree, ProblemLog log) {
        Tree result = tree;
        for (Change change : changes) {
            result = change.edit().apply(result, log, SpecModel.root());
        }
        return result;
    }

    /**
     * The same for the tree of a fleet, all its files merged: what starts with {@code machines}, {@code defaults} or {@code name} is
     * changed there, everything else in each machine.
     */
    public Tree applyToFleet(Tree tree, ProblemLog log) {
        Tree result = tree;
        for (Change change : changes) {
            result = FleetOverride.apply(change, result, log);
        }
        return result;
    }

    /**
     * One change.
     *
     * @param path what it changes
     * @param origin the flag
     */
    record Change(String path, Origin origin, Edit edit) {}

    /** Makes a change in the tree of that record. */
    interface Edit {
        Tree apply(Tree tree, ProblemLog log, RecordInfo root);
    }

    /** Collects changes. Used by one thread. */
    public static final class Builder {
        private final List<Change> changes = new ArrayList<>();

        private Builder() {}

        /**
         * One assignment: {@code disks.root.path=x.img}. List items are addressed by id or index; the index after the last
         * appends. The value {@code null} takes the field away, so that its default holds; lists and mappings may be written in
         * YAML's flow style.
         */
        public Builder set(String assignment) {
            int equals = assignment.indexOf('=');
            String path = equals < 0 ? assignment : assignment.substring(0, equals);
            Origin origin = new Origin(Origin.Kind.FLAG, "--set " + path, Position.FILE);
            return add(path, origin, (tree, log, root) -> {
                if (equals < 0) {
                    log.add(FieldRule.BAD_OVERRIDE, origin, "", "has no value", "write --set PATH=VALUE");
                    return tree;
                }
                Tree value = FlagValue.parse(assignment.substring(equals + 1), origin, log);
                return value == null ? tree : new TreeEditor(log, origin, root).set(tree, path, value);
            });
        }

        /** Sets a field to a text, whatever its characters; {@code source} names the flag in messages. */
        public Builder set(String path, String value, String source) {
            Origin origin = new Origin(Origin.Kind.FLAG, source, Position.FILE);
            return add(
                    path,
                    origin,
                    (tree, log, root) -> new TreeEditor(log, origin, root)
                            .set(tree, path, new Tree.Scalar(value, !value.isEmpty(), origin)));
        }

        /** Takes a field away, so that its default holds. */
        public Builder unset(String path, String source) {
            Origin origin = new Origin(Origin.Kind.FLAG, source, Position.FILE);
            return add(
                    path,
                    origin,
                    (tree, log, root) ->
                            new TreeEditor(log, origin, root).set(tree, path, new Tree.Scalar("", true, origin)));
        }

        /**
         * A flag as the model has it. A list's flag appends an item: {@code --disk extra.img,readOnly=false}.
         *
         * @param flag the long name, {@code --memory}
         * @throws IllegalArgumentException when no field has this flag
         */
        public Builder flag(String flag, String value) {
            FieldInfo field = FLAGS.get(flag);
            if (field == null) {
                throw new IllegalArgumentException("no field has the flag " + flag);
            }
            Origin origin = new Origin(Origin.Kind.FLAG, flag, Position.FILE);
            return add(field.path(), origin, (tree, log, root) -> {
                TreeEditor editor = new TreeEditor(log, origin, root);
                return flag(field, value, origin, tree, log, editor);
            });
        }

        private Builder add(String path, Origin origin, Edit edit) {
            changes.add(new Change(path, origin, edit));
            return this;
        }

        private static Tree flag(
                FieldInfo field, String text, Origin origin, Tree tree, ProblemLog log, TreeEditor editor) {
            FieldType type = field.type();
            if (type instanceof FieldType.Entries) {
                int equals = text.indexOf('=');
                if (equals < 1) {
                    log.add(FieldRule.BAD_OVERRIDE, origin, "", "\"" + text + "\" has no name", "write NAME=VALUE");
                    return tree;
                }
                Tree value = new Tree.Scalar(text.substring(equals + 1), true, origin);
                return editor.set(tree, field.path() + "." + text.substring(0, equals), value);
            }
            if (type instanceof FieldType.Items items) {
                Tree item = FlagValue.item(items.element(), text, origin, log);
                return item == null ? tree : editor.append(tree, field, item);
            }
            Tree value = FlagValue.item(type, text, origin, log);
            return value == null ? tree : editor.set(tree, field.path(), value);
        }

        /** The changes so far. */
        public SpecOverrides build() {
            return new SpecOverrides(changes);
        }
    }
}
