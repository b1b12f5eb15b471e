package crosvm.schema.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record of the spec.
 *
 * @param type its class
 * @param fields its fields in the order of its components
 * @param shorthand the field a plain value sets, or null
 * @param key the field by which list items are addressed, or null
 * @param number its number for {@code access}
 * @param access makes it
 */
public record RecordInfo(
        Class<?> type,
        List<FieldInfo> fields,
        @Nullable FieldInfo shorthand,
        @Nullable FieldInfo key,
        int number,
        RecordAccess access) {
    /** The field of this name, or null. */
    public @Nullable FieldInfo field(String name) {
        for (FieldInfo field : fields) {
            if (field.name().equals(name)) {
                return field;
            }
        }
        return null;
    }

    /** The names of all fields, in order. */
    public List<String> names() {
        return fields.stream().map(FieldInfo::name).toList();
    }

    /** A new record of these values, in the order of the fields. */
    public Object create(@Nullable Object[] values) {
        return access.create(number, values);
    }
}
