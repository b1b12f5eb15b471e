package crosvm.schema.bind;

import crosvm.schema.model.FieldInfo;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.problem.Origin;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What fields have when nothing is said of them, kept from one machine to the next: a spec gives a few fields of a hundred, and to
 * read the others' defaults anew for each file would cost more than to read what it gives. Any thread.
 */
final class DefaultValues {
    private static final Map<String, Object> SCALARS = new ConcurrentHashMap<>();
    private static final Map<String, Group> GROUPS = new ConcurrentHashMap<>();

    private DefaultValues() {}

    /**
     * A group of which nothing is given.
     *
     * @param value the record
     * @param origins the paths of the values in it, in the order of the model, and that each is a default
     */
    record Group(Object value, Map<String, Origin> origins) {}

    /** The default of a plain value, or null when it is not known yet. */
    static @Nullable Object scalar(FieldInfo field) {
        return SCALARS.get(field.path());
    }

    /** Keeps a default, if it is the same for every machine. */
    static void keep(FieldInfo field, Object value) {
        if (field.type() instanceof FieldType.Scalar && isSame(field, value)) {
            SCALARS.put(field.path(), value);
        }
    }

    /** The group at this path when nothing in it is given, or null when that is not known yet. */
    static @Nullable Group group(String path) {
        return GROUPS.get(path);
    }

    /**
     * Keeps a group, if it is the same for every machine; in a list its values depend on the place in that.
     *
     * @param paths those of the values in it, behind so many others
     */
    static void keep(FieldInfo field, String path, Object value, Set<String> paths, int others) {
        if (field.path().equals(path) && isSame(field, value)) {
            Map<String, Origin> origins = new LinkedHashMap<>();
            int index = 0;
            for (String inner : paths) {
                if (index++ >= others) {
                    origins.put(inner, Origin.DEFAULT);
                }
            }
            GROUPS.put(path, new Group(value, Collections.unmodifiableMap(origins)));
        }
    }

    /** A path depends on the folder, a variable on the environment, and what is worked out on the machine. */
    private static boolean isSame(FieldInfo field, @Nullable Object value) {
        String text = field.doc().defaultValue();
        if (text.indexOf('$') >= 0 || !field.doc().derived().isEmpty() && value != null) {
            return false;
        }
        if (field.type() instanceof FieldType.Scalar type) {
            return text.isEmpty() || type.kind() != ScalarKind.PATH && type.kind() != ScalarKind.WRITES;
        }
        if (field.type() instanceof FieldType.Group group && value != null) {
            for (FieldInfo inner : group.info().fields()) {
                if (!isSame(inner, inner.read(value))) {
                    return false;
                }
            }
            return true;
        }
        return text.isEmpty();
    }
}
