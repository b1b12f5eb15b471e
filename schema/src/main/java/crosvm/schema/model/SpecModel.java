package crosvm.schema.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tree of all fields, read from the records when they are built. Loader, linter, writer, JSON Schema, flags and documentation all walk
 * this tree; none of them knows a field by name unless a rule is about it.
 */
public final class SpecModel {
    private static final String TABLE = "crosvm.schema.model.SpecTable";
    private static final List<RecordInfo> ROOTS = load();

    private SpecModel() {}

    /** The whole spec. */
    public static RecordInfo root() {
        return ROOTS.get(0);
    }

    /** What a file of several machines says of one of them besides the machine itself: {@link MemberSpec}. */
    public static RecordInfo member() {
        return ROOTS.get(1);
    }

    /** A network between the machines of a file: {@link FleetNetworkSpec}. */
    public static RecordInfo network() {
        return ROOTS.get(2);
    }

    /** Every field, an outer one before its inner ones. */
    public static List<FieldInfo> fields() {
        List<FieldInfo> fields = new ArrayList<>();
        addFields(root(), fields);
        return fields;
    }

    private static void addFields(RecordInfo info, List<FieldInfo> fields) {
        for (FieldInfo field : info.fields()) {
            fields.add(field);
            RecordInfo inner = recordIn(field.type());
            if (inner != null) {
                addFields(inner, fields);
            }
        }
    }

    /** The path of the field that a value belongs to, by the value's path in a spec: {@code disks[].id} for {@code disks[12].id}. */
    public static String fieldAt(String path) {
        int open = path.indexOf('[');
        if (open < 0) {
            return path;
        }
        StringBuilder field = new StringBuilder(path.length());
        int copied = 0;
        while (open >= 0) {
            int close = open + 1;
            while (close < path.length() && path.charAt(close) >= '0' && path.charAt(close) <= '9') {
                close++;
            }
            if (close > open + 1 && close < path.length() && path.charAt(close) == ']') {
                field.append(path, copied, open + 1);
                copied = close;
            }
            open = path.indexOf('[', open + 1);
        }
        return field.append(path, copied, path.length()).toString();
    }

    /** The record a field holds, by itself or as items or values, or null. */
    public static @Nullable RecordInfo recordIn(FieldType type) {
        if (type instanceof FieldType.Group group) {
            return group.info();
        }
        if (type instanceof FieldType.Items items) {
            return recordIn(items.element());
        }
        return type instanceof FieldType.Entries entries ? recordIn(entries.value()) : null;
    }

    /** From the class that the build writes; read anew where it was built without, for example by an editor. */
    @SuppressWarnings("unchecked") // The build has written it.
    private static List<RecordInfo> load() {
        try {
            return (List<RecordInfo>) Class.forName(TABLE)
                    .asSubclass(Supplier.class)
                    .getDeclaredConstructor()
                    .newInstance()
                    .get();
        } catch (ClassNotFoundException e) {
            return SpecReader.read();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(TABLE + " cannot be used", e);
        }
    }
}
