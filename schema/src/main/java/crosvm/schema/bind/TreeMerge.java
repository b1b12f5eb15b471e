package crosvm.schema.bind;

import crosvm.schema.model.Excludes;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.SpecModel;
import crosvm.schema.yaml.Tree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays one tree over another, led by the model:
 *
 * <ul>
 *   <li>mappings are merged key by key; what the upper one says takes away what it excludes in the lower one (a kernel's image
 *       takes the place of a built-in one);
 *   <li>lists whose items have an id (disks and networks by {@code id}, shares by {@code tag}) have the lower one's items, each merged
 *       with the upper one's of that id, and then the other items of the upper one;
 *   <li>everything else is replaced.
 * </ul>
 */
public final class TreeMerge {
    private TreeMerge() {}

    /** The upper tree over the lower one; each value keeps the place that it is written at. */
    public static Tree over(RecordInfo record, Tree upper, Tree lower) {
        return over(new FieldType.Group(record, List.of()), upper, lower);
    }

    private static Tree over(FieldType type, Tree upper, Tree lower) {
        if (type instanceof FieldType.Group group) {
            Tree.Mapping above = mapping(group.info(), upper);
            Tree.Mapping below = mapping(group.info(), lower);
            return above == null || below == null ? upper : group(group.info(), above, below);
        }
        if (type instanceof FieldType.Entries entries
                && upper instanceof Tree.Mapping above
                && lower instanceof Tree.Mapping below) {
            return entries(above, below, key -> entries.value(), Set.of());
        }
        RecordInfo item = type instanceof FieldType.Items items ? SpecModel.recordIn(items.element()) : null;
        if (item != null
                && item.key() != null
                && upper instanceof Tree.Sequence above
                && lower instanceof Tree.Sequence below) {
            return list(item, item.key(), above, below);
        }
        return upper;
    }

    private static Tree.@Nullable Mapping mapping(RecordInfo info, Tree tree) {
        if (tree instanceof Tree.Scalar scalar && !scalar.isNull() && info.shorthand() != null) {
            return new Tree.Mapping(
                    List.of(new Tree.Entry(info.shorthand().name(), scalar.origin(), scalar)), scalar.origin());
        }
        return tree instanceof Tree.Mapping mapping ? mapping : null;
    }

    private static Tree group(RecordInfo info, Tree.Mapping above, Tree.Mapping below) {
        Set<String> gone = new HashSet<>();
        for (Excludes rule : info.type().getAnnotationsByType(Excludes.class)) {
            Tree.Entry one = above.entry(rule.value());
            boolean isOff = one != null
                    && one.value() instanceof Tree.Scalar scalar
                    && (scalar.text().equals("false") || scalar.text().equals("off"));
            if (one != null && !isOff) {
                gone.addAll(List.of(rule.others()));
            }
            for (String other : rule.others()) {
                if (above.entry(other) != null) {
                    gone.add(rule.value());
                }
            }
        }
        return entries(
                above,
                below,
                key -> {
                    FieldInfo field = info.field(key);
                    return field == null ? null : field.type();
                },
                gone);
    }

    /** The type of a key's value, or null when it is not known. */
    private interface Types {
        @Nullable FieldType of(String key);
    }

    private static Tree entries(Tree.Mapping above, Tree.Mapping below, Types types, Set<String> gone) {
        Map<String, Tree.Entry> merged = new LinkedHashMap<>();
        for (Tree.Entry entry : below.entries()) {
            if (!gone.contains(entry.key())) {
                merged.put(entry.key(), entry);
            }
        }
        for (Tree.Entry entry : above.entries()) {
            Tree.Entry before = merged.get(entry.key());
            FieldType type = types.of(entry.key());
            Tree value = before == null || type == null ? entry.value() : over(type, entry.value(), before.value());
            merged.put(entry.key(), new Tree.Entry(entry.key(), entry.keyOrigin(), value));
        }
        return new Tree.Mapping(List.copyOf(merged.values()), above.origin());
    }

    private static Tree list(RecordInfo info, FieldInfo key, Tree.Sequence above, Tree.Sequence below) {
        List<Tree> items = new ArrayList<>(below.items());
        for (Tree item : above.items()) {
            int at = indexOf(items, key, item);
            if (at < 0) {
                items.add(item);
            } else {
                items.set(at, over(info, item, items.get(at)));
            }
        }
        return new Tree.Sequence(List.copyOf(items), above.origin());
    }

    /** Which item has the id that is written in this one, or -1. */
    private static int indexOf(List<Tree> items, FieldInfo key, Tree wanted) {
        Tree.Entry id = wanted instanceof Tree.Mapping mapping ? mapping.entry(key.name()) : null;
        if (id != null && id.value() instanceof Tree.Scalar scalar) {
            for (int i = 0; i < items.size(); i++) {
                if (TreeEditor.keyOf(key, items.get(i), i).equals(scalar.text())) {
                    return i;
                }
            }
        }
        return -1;
    }
}
