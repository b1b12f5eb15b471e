package crosvm.schema.model;

import java.lang.annotation.Annotation;
import java.util.List;

/** What may stand in a field. */
public sealed interface FieldType {
    /** The Jakarta Validation constraints on the value. */
    List<Annotation> constraints();

    /**
     * A plain value.
     *
     * @param kind which kind
     * @param javaType the component's type
     */
    record Scalar(ScalarKind kind, Class<?> javaType, List<Annotation> constraints) implements FieldType {
        /** The words allowed here when the kind is {@link ScalarKind#WORD}, else none. */
        public List<String> words() {
            Object[] constants = javaType.getEnumConstants();
            return constants == null
                    ? List.of()
                    : java.util.Arrays.stream(constants)
                            .map(c -> EnumWord.of((Enum<?>) c))
                            .toList();
        }
    }

    /** A mapping with known keys. */
    record Group(RecordInfo info, List<Annotation> constraints) implements FieldType {}

    /** A list. */
    record Items(FieldType element, List<Annotation> constraints) implements FieldType {}

    /** A mapping with keys of the user's choice. */
    record Entries(FieldType value, List<Annotation> constraints) implements FieldType {}
}
