package crosvm.schema.model;

import org.jspecify.annotations.Nullable;

/**
 * One field of the spec: a component of one of its records.
 *
 * @param name the key in the file
 * @param path the way from the top, {@code disks[].readOnly}; stars stand for keys of the user's choice
 * @param type what may stand there
 * @param nullable whether the value may be absent from the finished spec
 * @param doc what people need to know
 * @param flag the flag that reaches this field, its own or an enclosing field's; null when only the file does
 * @param number its number for {@code access}
 * @param access reads it
 */
public record FieldInfo(
        String name,
        String path,
        FieldType type,
        boolean nullable,
        FieldDoc doc,
        @Nullable String flag,
        int number,
        RecordAccess access) {
    /** True when the file must say something here. */
    public boolean required() {
        if (nullable || !doc.defaultValue().isEmpty() || !doc.derived().isEmpty()) {
            return false;
        }
        return type instanceof FieldType.Scalar || path.equals("kernel");
    }

    /** The value in a record of the spec. */
    public @Nullable Object read(Object owner) {
        return access.read(number, owner);
    }
}
