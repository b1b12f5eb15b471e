package crosvm.schema.model;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tree of all fields from the records by reflection. That takes as long as to lint some dozens of files, so the build
 * does it once and {@link SpecTableWriter} writes it down. Used by one thread.
 */
final class SpecReader {
    private static final Map<Class<?>, ScalarKind> SCALARS = Map.ofEntries(
            Map.entry(String.class, ScalarKind.TEXT),
            Map.entry(FilledText.class, ScalarKind.TEXT),
            Map.entry(int.class, ScalarKind.INTEGER),
            Map.entry(Integer.class, ScalarKind.INTEGER),
            Map.entry(long.class, ScalarKind.INTEGER),
            Map.entry(Long.class, ScalarKind.INTEGER),
            Map.entry(boolean.class, ScalarKind.BOOLEAN),
            Map.entry(MemorySize.class, ScalarKind.SIZE),
            Map.entry(Path.class, ScalarKind.PATH),
            Map.entry(MacAddress.class, ScalarKind.MAC),
            Map.entry(Ipv4Address.class, ScalarKind.IPV4),
            Map.entry(TimeSpan.class, ScalarKind.TIME),
            Map.entry(Cores.class, ScalarKind.CORES),
            Map.entry(PortForward.class, ScalarKind.FORWARD),
            Map.entry(DiskWrites.class, ScalarKind.WRITES));

    private final List<Constructor<?>> constructors = new ArrayList<>();
    private final List<Method> accessors = new ArrayList<>();
    private final RecordAccess access = new RecordAccess.Reflective(constructors, accessors);

    /** The whole spec of a machine, what a fleet says of one besides, and its networks. */
    static List<RecordInfo> read() {
        SpecReader reader = new SpecReader();
        return List.of(
                reader.readRecord(VmSpec.class, "", null),
                reader.readRecord(MemberSpec.class, "", null),
                reader.readRecord(FleetNetworkSpec.class, "networks.*", null));
    }

    private RecordInfo readRecord(Class<?> type, String prefix, @Nullable String outerFlag) {
        RecordComponent[] components = type.getRecordComponents();
        List<FieldInfo> fields = new ArrayList<>(components.length);
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            fields.add(readField(components[i], prefix, outerFlag));
        }
        try {
            constructors.add(type.getDeclaredConstructor(types));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no canonical constructor", e);
        }
        Shorthand shorthand = type.getAnnotation(Shorthand.class);
        ListKey key = type.getAnnotation(ListKey.class);
        return new RecordInfo(
                type,
                List.copyOf(fields),
                shorthand == null ? null : named(fields, shorthand.value()),
                key == null ? null : named(fields, key.value()),
                constructors.size() - 1,
                access);
    }

    private static FieldInfo named(List<FieldInfo> fields, String name) {
        return fields.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
    }

    private FieldInfo readField(RecordComponent component, String prefix, @Nullable String outerFlag) {
        Doc doc = component.getAnnotation(Doc.class);
        if (doc == null) {
            throw new IllegalStateException(
                    component.getDeclaringRecord() + "." + component.getName() + " has no @Doc");
        }
        String path = prefix.isEmpty() ? component.getName() : prefix + "." + component.getName();
        String flag = doc.fileOnly() ? null : doc.flag().isEmpty() ? outerFlag : doc.flag();
        AnnotatedType annotated = component.getAnnotatedType();
        FieldType type = readType(annotated, path, flag);
        accessors.add(component.getAccessor());
        return new FieldInfo(
                component.getName(),
                path,
                type,
                annotated.isAnnotationPresent(Nullable.class),
                FieldDoc.of(doc),
                flag,
                accessors.size() - 1,
                access);
    }

    private FieldType readType(AnnotatedType annotated, String path, @Nullable String flag) {
        List<Constraint> constraints = constraintsOf(annotated);
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

    private static List<Constraint> constraintsOf(AnnotatedElement element) {
        return Arrays.stream(element.getAnnotations())
                .filter(SpecReader::isConstraint)
                .map(Constraint::of)
                .toList();
    }

    private static boolean isConstraint(Annotation annotation) {
        return annotation.annotationType() != Nullable.class
                && !annotation.annotationType().getSimpleName().equals("Valid");
    }

    private static ScalarKind requireScalar(Class<?> type) {
        ScalarKind kind = scalarKind(type);
        if (kind == null) {
            throw new IllegalStateException("the spec has no values of " + type);
        }
        return kind;
    }

    private static @Nullable ScalarKind scalarKind(Class<?> type) {
        return type.isEnum() ? ScalarKind.WORD : SCALARS.get(type);
    }
}
