package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes one change in a {@link Tree}, led by the model. Used by one thread. */
final class TreeEditor {
    private final ProblemLog log;
    private final Origin origin;
    private final RecordInfo root;

    /**
     * An editor for the change that the flag at this origin asks for.
     *
     * @param root what the tree is of
     */
    TreeEditor(ProblemLog log, Origin origin, RecordInfo root) {
        this.log = log;
        this.origin = origin;
        this.root = root;
    }

    /** The tree with the value at this path replaced, added, or, when it is null, taken away. */
    Tree set(Tree tree, String path, Tree value) {
        List<String> tokens = tokens(path);
        Tree replacement = value instanceof Tree.Scalar scalar && scalar.isNull() ? null : value;
        return changed(tree, tokens, t -> replacement);
    }

    /** The steps of a path: {@code disks[0].path} has three. */
    static List<String> tokens(String path) {
        return List.of(path.replaceAll("\\[([^]]*)]", ".$1").split("\\.", -1));
    }

    /** The tree with an item appended to the list in this field. */
    Tree append(Tree tree, FieldInfo list, Tree item) {
        return changed(tree, List.of(list.path().split("\\.")), current -> {
            List<Tree> items = new ArrayList<>();
            if (current instanceof Tree.Sequence sequence) {
                items.addAll(sequence.items());
            } else if (current instanceof Tree.Scalar words && list.doc().words()) {
                KernelCommandLine.words(words.text())
                        .forEach(w -> items.add(new Tree.Scalar(w, false, words.origin())));
            } else if (current != null) {
                return current;
            }
            if (list.doc().words() && item instanceof Tree.Scalar words) {
                KernelCommandLine.words(words.text()).forEach(w -> items.add(new Tree.Scalar(w, false, origin)));
            } else {
                items.add(item);
            }
            return new Tree.Sequence(items, current == null ? origin : current.origin());
        });
    }

    private Tree changed(Tree tree, List<String> tokens, UnaryOperator<@Nullable Tree> change) {
        Tree result = change(new FieldType.Group(root, List.of()), tree, tokens, 0, change);
        return result == null ? tree : result;
    }

    private @Nullable Tree change(
            FieldType type, @Nullable Tree current, List<String> tokens, int at, UnaryOperator<@Nullable Tree> change) {
        if (at == tokens.size()) {
            return change.apply(current);
        }
        if (type instanceof FieldType.Group group) {
            return inGroup(group.info(), current, tokens, at, change);
        }
        if (type instanceof FieldType.Items items) {
            return inList(items.element(), current, tokens, at, change);
        }
        if (type instanceof FieldType.Entries entries) {
            Tree.Mapping mapping = current instanceof Tree.Mapping m ? m : new Tree.Mapping(List.of(), origin);
            return inMapping(mapping, entries.value(), tokens, at, change);
        }
        refuse("\"" + String.join(".", tokens.subList(0, at)) + "\" is a plain value, it has no fields", "");
        return current;
    }

    private @Nullable Tree inGroup(
            RecordInfo info,
            @Nullable Tree current,
            List<String> tokens,
            int at,
            UnaryOperator<@Nullable Tree> change) {
        FieldInfo field = info.field(tokens.get(at));
        if (field == null) {
            refuse("there is no field \"" + tokens.get(at) + "\"", DidYouMean.hint(tokens.get(at), info.names()));
            return current;
        }
        Tree.Mapping mapping;
        if (current instanceof Tree.Mapping m) {
            mapping = m;
        } else if (current instanceof Tree.Scalar scalar && !scalar.isNull() && info.shorthand() != null) {
            mapping = new Tree.Mapping(
                    List.of(new Tree.Entry(info.shorthand().name(), scalar.origin(), scalar)), scalar.origin());
        } else {
            mapping = new Tree.Mapping(List.of(), current == null ? origin : current.origin());
        }
        return inMapping(mapping, field.type(), tokens, at, change);
    }

    @SuppressWarnings("ReferenceEquality") // The very entry, not one like it.
    private Tree inMapping(
            Tree.Mapping mapping, FieldType type, List<String> tokens, int at, UnaryOperator<@Nullable Tree> change) {
        Tree.Entry before = mapping.entry(tokens.get(at));
        Tree after = change(type, before == null ? null : before.value(), tokens, at + 1, change);
        List<Tree.Entry> entries = new ArrayList<>();
        for (Tree.Entry entry : mapping.entries()) {
            if (entry != before) {
                entries.add(entry);
            } else if (after != null) {
                entries.add(new Tree.Entry(entry.key(), entry.keyOrigin(), after));
            }
        }
        if (before == null && after != null) {
            entries.add(new Tree.Entry(tokens.get(at), origin, after));
        }
        return new Tree.Mapping(entries, mapping.origin());
    }

    private @Nullable Tree inList(
            FieldType element,
            @Nullable Tree current,
            List<String> tokens,
            int at,
            UnaryOperator<@Nullable Tree> change) {
        List<Tree> items =
                current instanceof Tree.Sequence sequence ? new ArrayList<>(sequence.items()) : new ArrayList<>();
        int index = indexOf(element, items, tokens.get(at), String.join(".", tokens.subList(0, at)));
        if (index < 0) {
            return current;
        }
        Tree after = change(element, index < items.size() ? items.get(index) : null, tokens, at + 1, change);
        if (after == null && index < items.size()) {
            items.remove(index);
        } else if (after != null && index < items.size()) {
            items.set(index, after);
        } else if (after != null) {
            items.add(after);
        }
        return new Tree.Sequence(items, current == null ? origin : current.origin());
    }

    private int indexOf(FieldType element, List<Tree> items, String token, String list) {
        if (token.matches("[0-9]{1,4}")) {
            int index = Integer.parseInt(token);
            if (index <= items.size()) {
                return index;
            }
            refuse("there is no " + list + "[" + index + "]", "the list has " + items.size() + " items");
            return -1;
        }
        RecordInfo info = SpecModel.recordIn(element);
        List<String> keys = new ArrayList<>();
        if (info != null && info.key() != null) {
            for (int i = 0; i < items.size(); i++) {
                keys.add(keyOf(info.key(), items.get(i), i));
            }
        }
        int index = keys.indexOf(token);
        if (index < 0) {
            refuse(
                    "there is no \"" + token + "\" in " + list,
                    keys.isEmpty() ? "items are addressed by their index here" : DidYouMean.hint(token, keys));
        }
        return index;
    }

    static String keyOf(FieldInfo key, Tree item, int index) {
        Tree.Mapping fields =
                item instanceof Tree.Mapping mapping ? mapping : new Tree.Mapping(List.of(), item.origin());
        Tree.Entry entry = fields.entry(key.name());
        if (entry != null && entry.value() instanceof Tree.Scalar scalar) {
            return scalar.text();
        }
        Object derived = Derived.value(key, fields, index, "");
        return derived == null ? "" : derived.toString();
    }

    private void refuse(String message, String hint) {
        log.add(FieldRule.BAD_OVERRIDE, origin, "", message, hint);
    }
}
