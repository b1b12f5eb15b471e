package crosvm.schema.model;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tree of all fields, read from the records once. Loader, linter, writer, JSON Schema, flags and documentation all walk
 * this tree; none of them knows a field by name unless a rule is about it.
 */
public final class SpecModel {
    private static final Map<Class<?>, ScalarKind> SCALARS = Map.of(
            String.class, ScalarKind.TEXT,
            int.class, ScalarKind.INTEGER,
            Integer.class, ScalarKind.INTEGER,
            long.class, ScalarKind.INTEGER,
            boolean.class, ScalarKind.BOOLEAN,
            MemorySize.class, ScalarKind.SIZE,
            Path.class, ScalarKind.PATH,
            MacAddress.class, ScalarKind.MAC,
            Ipv4Address.class, ScalarKind.IPV4,
            PortForward.class, ScalarKind.FORWARD);

    private static final RecordInfo ROOT = readRecord(VmSpec.class, "", null);

    private SpecModel() {}

    /** The whole spec. */
    public static RecordInfo root() {
        return ROOT;
    }

    /** Visits every field, an outer one before its inner ones. */
    public static void walk(Consumer<FieldInfo> visitor) {
        walk(ROOT, visitor);
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

    private static RecordInfo readRecord(Class<?> type, String prefix, @Nullable String outerFlag) {
        RecordComponent[] components = type.getRecordComponents();
        List<FieldInfo> fields = new ArrayList<>(components.length);
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            fields.add(readField(components[i], prefix, outerFlag));
        }
        Constructor<?> constructor;
        try {
            constructor = type.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no canonical constructor", e);
        }
        Shorthand shorthand = type.getAnnotation(Shorthand.class);
        ListKey key = type.getAnnotation(ListKey.class);
        return new RecordInfo(
                type,
                List.copyOf(fields),
                constructor,
                shorthand == null ? null : named(fields, shorthand.value()),
                key == null ? null : named(fields, key.value()));
    }

    private static FieldInfo named(List<FieldInfo> fields, String name) {
        return fields.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
    }

    private static FieldInfo readField(RecordComponent component, String prefix, @Nullable String outerFlag) {
        Doc doc = component.getAnnotation(Doc.class);
        if (doc == null) {
            throw new IllegalStateException(
                    component.getDeclaringRecord() + "." + component.getName() + " has no @Doc");
        }
        String path = prefix.isEmpty() ? component.getName() : prefix + "." + component.getName();
        String flag = doc.flag().isEmpty() ? outerFlag : doc.flag();
        AnnotatedType annotated = component.getAnnotatedType();
        return new FieldInfo(
                component.getName(),
                path,
                readType(annotated, path, doc.fileOnly() ? null : flag),
                annotated.isAnnotationPresent(Nullable.class),
                doc,
                doc.fileOnly() ? null : flag,
                component.getAccessor());
    }

    private static FieldType readType(AnnotatedType annotated, String path, @Nullable String flag) {
        List<Annotation> constraints = constraintsOf(annotated);
        if (annotated instanceof AnnotatedParameterizedType generic) {
            AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
            return ((ParameterizedType) generic.getType()).getRawType() == Map.class
                    ? new FieldType.Entries(readType(arguments[1], path + ".*", flag), constraints)
                    : new FieldType.Items(readType(arguments[0], path + "[]", flag), constraints);
        }
        Class<?> type = (Class<?>) annotated.getType();
        return type.isRecord() && scalarKind(type) == null
                ? new FieldType.Group(readRecord(type, path, flag), constraints)
                : new FieldType.Scalar(requireScalar(type), type, constraints);
    }

    private static List<Annotation> constraintsOf(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .filter(a -> a.annotationType() != Nullable.class
                        && !a.annotationType().getSimpleName().equals("Valid"))
                .toList();
    }

    private static ScalarKind requireScalar(Class<?> type) {
        ScalarKind kind = scalarKind(type);
        if (kind == null) {
            throw new IllegalStateException("the spec has no values of " + type);
        }
        return kind;
    }

    private static @Nullable ScalarKind scalarKind(Class<?> type) {
        if (type.isEnum()) {
            return ScalarKind.WORD;
        }
        return SCALARS.get(type);
    }
}
