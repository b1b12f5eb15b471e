package crosvm.schema.model;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the spec's records and reads their components, by the numbers that {@link SpecModel} gives them. Any thread. */
interface RecordAccess {
    /** A new record of these values, in the order of its components. */
    Object create(int record, @Nullable Object[] values);

    /** A component of a record. */
    @Nullable Object read(int field, Object owner);

    /** By reflection. */
    record Reflective(List<Constructor<?>> constructors, List<Method> accessors) implements RecordAccess {
        @Override
        public Object create(int record, @Nullable Object[] values) {
            try {
                return constructors.get(record).newInstance(values);
            } catch (InstantiationException | IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("cannot create " + constructors.get(record), e);
            }
        }

        @Override
        public @Nullable Object read(int field, Object owner) {
            try {
                return accessors.get(field).invoke(owner);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("cannot read " + accessors.get(field), e);
            }
        }
    }
}
