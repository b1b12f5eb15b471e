package crosvm.schema.model;

import java.util.ArrayList;
import java.util.List;

/** What may stand in a field. */
public sealed interface FieldType {
    /** The Jakarta Validation constraints on the value. */
    List<Constraint> constraints();

    /**
     * A plain value.
     *
     * @param kind which kind
     * @param javaType the component's type
     */
    record Scalar(ScalarKind kind, Class<?> javaType, List<Constraint> constraints) implements FieldType {
        /** The words allowed here when the kind is {@link ScalarKind#WORD}, else none. */
        public List<String> words() {
            Object[] constants = javaType.getEnumConstants();
            if (constants == null) {
                return List.of();
            }
            List<String> words = new ArrayList<>();
            for (Object constant : constants) {
                words.add(EnumWord.of((Enum<?>) constant));
            }
            return words;
        }
    }

    /** A mapping with known keys. */
    record Group(RecordInfo info, List<Constraint> constraints) implements FieldType {}

    /** A list. */
    record Items(FieldType element, List<Constraint> constraints) implements FieldType {}

    /** A mapping with keys of the user's choice. */
    record Entries(FieldType value, List<Constraint> constraints) implements FieldType {}
}
