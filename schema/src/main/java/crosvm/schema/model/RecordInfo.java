package crosvm.schema.model;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record of the spec.
 *
 * @param type its class
 * @param fields its fields in the order of its components
 * @param constructor its canonical constructor
 * @param shorthand the field a plain value sets, or null
 * @param key the field by which list items are addressed, or null
 */
public record RecordInfo(
        Class<?> type,
        List<FieldInfo> fields,
        Constructor<?> constructor,
        @Nullable FieldInfo shorthand,
        @Nullable FieldInfo key) {
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
        try {
            return constructor.newInstance(values);
        } catch (InstantiationException | IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("cannot create " + type.getName(), e);
        }
    }
}
