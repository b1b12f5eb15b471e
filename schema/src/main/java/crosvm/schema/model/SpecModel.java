package crosvm.schema.model;

import java.util.List;
import java.util.function.Consumer;
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

    /** Visits every field, an outer one before its inner ones. */
    public static void walk(Consumer<FieldInfo> visitor) {
        walk(root(), visitor);
    }

    private static void walk(RecordInfo info, Consumer<FieldInfo> visitor) {
        for (FieldInfo field : info.fields()) {
            visitor.accept(field);
            RecordInfo inner = recordIn(field.type());
            if (inner != null) {
                walk(inner, visitor);
            }
        }
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
