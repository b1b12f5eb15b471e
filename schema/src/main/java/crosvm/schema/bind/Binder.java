package crosvm.schema.bind;

import crosvm.schema.model.Constraint;
import crosvm.schema.model.Constraint.Size;
import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.FleetModel;
import crosvm.schema.model.RecordInfo;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.model.SpecModel;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Tree} to a {@link VmSpec}, by the model. A field that cannot be read gets a stand-in and is remembered as unsound, so
 * that everything else is still checked. Used by one thread, once.
 */
public final class Binder {
    private final ProblemLog log;
    private final ScalarReader scalars;
    private final TypeMismatch mismatch;
    private final Interpolation interpolation;
    /** A name that cannot be a path by mistake: no slash, and no dots alone. */
    private static final Pattern SOCKET_NAME = Pattern.compile("(?!\\.+$)[A-Za-z0-9_.-]+");

    private final Function<Origin, Path> folders;
    private final Map<String, Origin> origins = new LinkedHashMap<>();
    private final Map<String, Origin> keys = new HashMap<>();
    private final Set<String> unsound = new HashSet<>();
    private final Map<String, FieldRule> screened = new LinkedHashMap<>();
    private RecordInfo top = SpecModel.root();
    private String machine;
    private int index = -1;

    /**
     * Binds one file.
     *
     * @param folders where a relative path starts, by where it is written
     * @param machine the machine's name unless the file says another
     */
    public Binder(ProblemLog log, Interpolation interpolation, Function<Origin, Path> folders, String machine) {
        this.log = log;
        this.scalars = new ScalarReader(log, interpolation.carried());
        this.mismatch = new TypeMismatch(log);
        this.interpolation = interpolation;
        this.folders = folders;
        this.machine = machine;
    }

    /** The draft of a spec: complete, with stand-ins at {@link #unsound()} paths. */
    public VmSpec bind(Tree tree) {
        return (VmSpec) group(SpecModel.root(), tree, "");
    }

    /** The same for one machine of several, of which the file says more. */
    public VmSpec bindInFleet(Tree tree) {
        top = FleetModel.machineInFleet();
        return bind(tree);
    }

    /** A part of a file of several machines; {@code known} are all keys that may stand there. */
    public Object bindPart(RecordInfo part, RecordInfo known, Tree tree) {
        top = known;
        return group(part, tree, "");
    }

    /** Where each value comes from, by its path. */
    public Map<String, Origin> origins() {
        return origins;
    }

    /** Where the keys of the user's choice stand, by the path of their values. */
    public Map<String, Origin> keys() {
        return keys;
    }

    /** The paths of stand-ins. */
    public Set<String> unsound() {
        return unsound;
    }

    /** What {@link ConstraintCheck} has found, by the paths of the values, which stand in the draft as they are. */
    public Map<String, FieldRule> screened() {
        return screened;
    }

    private Object group(RecordInfo info, Tree tree, String path) {
        RecordInfo known = path.isEmpty() ? top : info;
        Tree.Mapping mapping = asMapping(known, tree, path);
        Set<String> misspelt = new UnknownKeys(log).tell(known, mapping, path);
        List<FieldInfo> fields = info.fields();
        @Nullable Object[] values = new Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            FieldInfo field = fields.get(i);
            Tree.Entry entry = mapping.entry(field.name());
            String inner = path.isEmpty() ? field.name() : path + "." + field.name();
            if (entry != null) {
                values[i] = given(field, entry.value(), inner);
            } else {
                values[i] = absent(field, misspelt.contains(field.name()), mapping, path, inner);
            }
            if (field.path().equals("name") && values[i] instanceof String name) {
                machine = name;
            }
        }
        return info.create(values);
    }

    private Tree.Mapping asMapping(RecordInfo info, Tree tree, String path) {
        origins.put(path, tree.origin());
        if (tree instanceof Tree.Mapping mapping) {
            return mapping;
        }
        FieldInfo shorthand = info.shorthand();
        if (tree instanceof Tree.Scalar scalar
                && shorthand != null
                && !scalar.isNull()
                && !TypeMismatch.foreign(shorthand, scalar)) {
            return new Tree.Mapping(List.of(new Tree.Entry(shorthand.name(), tree.origin(), tree)), tree.origin());
        }
        mismatch.noRecord(info, tree, path);
        unsound.add(path);
        return new Tree.Mapping(List.of(), Origin.DEFAULT);
    }

    private @Nullable Object absent(
            FieldInfo field, boolean misspelt, Tree.Mapping mapping, String ownerPath, String path) {
        if (!misspelt) {
            return missing(field, mapping, ownerPath, path);
        }
        Object value = field.required() ? standIn(field.type(), path) : missing(field, mapping, ownerPath, path);
        unsound.add(path); // What was meant is not what stands there now.
        return value;
    }

    private @Nullable Object missing(FieldInfo field, Tree.Mapping mapping, String ownerPath, String path) {
        if (!field.doc().defaultValue().isEmpty()) {
            return preset(field, path);
        }
        origins.put(path, Origin.DEFAULT);
        if (!field.doc().derived().isEmpty()) {
            return Derived.value(field, mapping, index, machine);
        }
        if (field.required()) {
            if (!unsound.contains(ownerPath)) {
                log.add(
                        FieldRule.MISSING_KEY,
                        mapping.origin(),
                        ownerPath,
                        "the key \"" + field.name() + "\" is missing",
                        "for example: " + field.name() + ": " + field.doc().example());
            }
            unsound.add(path);
            return standIn(field.type(), path);
        }
        return field.nullable() ? null : empty(field, path);
    }

    private @Nullable Object preset(FieldInfo field, String path) {
        Object known = DefaultValues.scalar(field);
        if (known != null) {
            origins.put(path, Origin.DEFAULT);
            return known;
        }
        Object value = given(field, new Tree.Scalar(field.doc().defaultValue(), true, Origin.DEFAULT), path);
        if (value != null && !unsound.contains(path)) {
            DefaultValues.keep(field, value);
        }
        return value;
    }

    private @Nullable Object given(FieldInfo field, Tree tree, String path) {
        String absentWord = field.doc().absentWord();
        if (!absentWord.isEmpty()
                && tree instanceof Tree.Scalar scalar
                && scalar.text().equals(absentWord)) {
            origins.put(path, tree.origin());
            return null;
        }
        if (field.doc().words() && tree instanceof Tree.Scalar scalar && !scalar.isNull()) {
            return words(field, scalar, path);
        }
        if (field.doc().socketName() && tree instanceof Tree.Scalar scalar) {
            Tree.Scalar filled = interpolation.apply(scalar, path);
            if (filled == null || SOCKET_NAME.matcher(filled.text()).matches()) {
                origins.put(path, scalar.origin());
                Object name = filled == null
                        ? null
                        : scalars.read((FieldType.Scalar) field.type(), filled, path, Path.of(""), false);
                if (name == null) {
                    unsound.add(path);
                }
                return name;
            }
        }
        Object value = value(field.type(), tree, path, field.name().equals("enabled"));
        return value == null && !field.nullable() ? standIn(field.type(), path) : value;
    }

    private Object words(FieldInfo field, Tree.Scalar scalar, String path) {
        Tree.Scalar filled = interpolation.apply(scalar, path);
        FieldType.Scalar line = new FieldType.Scalar(ScalarKind.TEXT, String.class, List.of());
        if (filled == null || scalars.read(line, filled, path, Path.of(""), false) == null) {
            unsound.add(path);
            return List.of();
        }
        List<Tree> words = WordPlaces.of(filled, log.source(filled.origin()));
        Object list = value(field.type(), new Tree.Sequence(words, filled.origin()), path, false);
        return list == null ? List.of() : list;
    }

    /** The value, or null after a problem. */
    private @Nullable Object value(FieldType type, Tree tree, String path, boolean isSwitch) {
        origins.put(path, tree.origin());
        if (type instanceof FieldType.Group group) {
            return group(group.info(), tree, path);
        }
        Object value = type instanceof FieldType.Items items
                ? list(items, tree, path)
                : type instanceof FieldType.Entries entries
                        ? map(entries, tree, path)
                        : scalar((FieldType.Scalar) type, tree, path, isSwitch);
        if (value == null) {
            unsound.add(path);
            return null;
        }
        return constrained(type, tree, path, value);
    }

    private Object constrained(FieldType type, Tree tree, String path, Object value) {
        for (Constraint constraint : type.constraints()) {
            ConstraintCheck.Violation violation = ConstraintCheck.check(constraint, value);
            if (violation != null) {
                String hint = tree instanceof Tree.Scalar scalar ? Slips.hint(scalar) : null;
                Origin origin = origins.getOrDefault(path, tree.origin()); // The variables that it came from, too.
                log.add(violation.rule(), origin, path, violation.message(), hint == null ? "" : hint);
                unsound.add(path);
                screened.put(path, violation.rule());
                break;
            }
        }
        return value;
    }

    private @Nullable Object scalar(FieldType.Scalar type, Tree tree, String path, boolean isSwitch) {
        if (!(tree instanceof Tree.Scalar scalar)) {
            mismatch.noScalar(tree, path);
            return null;
        }
        Interpolation.Filled filled = interpolation.fill(scalar, path);
        if (filled == null) {
            return null;
        }
        Origin origin = filled.scalar().origin();
        origins.put(path, origin);
        return filled.as(type, scalars.read(type, filled.scalar(), path, folders.apply(origin), isSwitch));
    }

    private @Nullable Object list(FieldType.Items type, Tree tree, String path) {
        if (!(tree instanceof Tree.Sequence sequence)) {
            mismatch.noList(tree, path);
            return null;
        }
        if (tooLong(type, sequence.items(), tree, path)) {
            return null;
        }
        List<Object> values = new ArrayList<>();
        int outer = index;
        for (int i = 0; i < sequence.items().size(); i++) {
            index = i;
            String inner = path + "[" + i + "]";
            Object value = value(type.element(), sequence.items().get(i), inner, false);
            values.add(value == null ? standIn(type.element(), inner) : value);
        }
        index = outer;
        return values;
    }

    private @Nullable Object map(FieldType.Entries type, Tree tree, String path) {
        if (!(tree instanceof Tree.Mapping mapping)) {
            mismatch.noMapping(tree, path);
            return null;
        }
        if (tooLong(type, mapping.entries(), tree, path)) {
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (Tree.Entry entry : mapping.entries()) {
            String inner = path + "." + entry.key();
            keys.put(inner, entry.keyOrigin());
            Object value = value(type.value(), entry.value(), inner, false);
            values.put(entry.key(), value == null ? standIn(type.value(), inner) : value);
        }
        return values;
    }

    /** Looked at before the items are: there may be a hundred thousand of them. */
    private boolean tooLong(FieldType type, List<?> items, Tree tree, String path) {
        for (Constraint constraint : type.constraints()) {
            ConstraintCheck.Violation violation =
                    constraint instanceof Size ? ConstraintCheck.check(constraint, items) : null;
            if (violation != null) {
                log.add(violation.rule(), tree.origin(), path, violation.message());
                return true;
            }
        }
        return false;
    }

    private Object empty(FieldInfo field, String path) {
        if (!(field.type() instanceof FieldType.Group group)) {
            return StandIn.of(field.type());
        }
        DefaultValues.Group known = DefaultValues.group(path);
        if (known != null) {
            origins.putAll(known.origins());
            return known.value();
        }
        int before = origins.size();
        int unsoundBefore = unsound.size();
        Object value = group(group.info(), new Tree.Mapping(List.of(), Origin.DEFAULT), path);
        if (unsound.size() == unsoundBefore) {
            DefaultValues.keep(field, path, value, origins.keySet(), before);
        }
        return value;
    }

    private Object standIn(FieldType type, String path) {
        if (type instanceof FieldType.Group group) {
            unsound.add(path);
            return group(group.info(), new Tree.Mapping(List.of(), Origin.DEFAULT), path);
        }
        return StandIn.of(type);
    }
}
