package crosvm.schema.model;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
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
 * @param accessor the component's accessor
 */
public record FieldInfo(
        String name,
        String path,
        FieldType type,
        boolean nullable,
        Doc doc,
        @Nullable String flag,
        Method accessor) {
    /** True when the file must say something here. */
    public boolean required() {
        if (nullable || !doc.defaultValue().isEmpty() || !doc.derived().isEmpty()) {
            return false;
        }
        return type instanceof FieldType.Scalar || path.equals("kernel");
    }

    /** The value in a record of the spec. */
    public @Nullable Object read(Object owner) {
        try {
            return accessor.invoke(owner);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("cannot read " + path, e);
        }
    }
}
