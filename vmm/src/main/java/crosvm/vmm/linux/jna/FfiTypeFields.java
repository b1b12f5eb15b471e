package crosvm.vmm.linux.jna;

import com.sun.jna.Native;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The order of the fields of JNA's own structure. JNA reads it from an annotation, for which Java makes two classes in each process
 * that starts, and remembers it; told beforehand, it reads none. Where JNA does not have that memory, it reads.
 */
final class FfiTypeFields {
    static final String TYPE = "com.sun.jna.Structure$FFIType";

    /** As libffi's {@code ffi_type} has them. */
    static final List<String> ORDER = List.of("size", "alignment", "type", "elements");

    private FfiTypeFields() {}

    @SuppressWarnings("unchecked")
    static void remember() {
        try {
            ClassLoader loader = Native.class.getClassLoader();
            Class<?> type = Class.forName(TYPE, false, loader);
            Class<?> structure = Class.forName("com.sun.jna.Structure", false, loader);
            if (valueOf(structure, "cacheStructureLock") instanceof ReadWriteLock lock
                    && valueOf(structure, "fieldOrder") instanceof Map<?, ?> known) {
                lock.writeLock().lock();
                try {
                    ((Map<Class<?>, List<String>>) known).putIfAbsent(type, ORDER);
                } finally {
                    lock.writeLock().unlock();
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            return; // It is another JNA.
        }
    }

    private static @Nullable Object valueOf(Class<?> structure, String name) throws ReflectiveOperationException {
        Field field = structure.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }
}
