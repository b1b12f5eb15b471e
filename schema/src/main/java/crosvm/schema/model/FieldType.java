package crosvm.schema.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
            return Words.OF.get(javaType);
        }
    }

    /** A mapping with known keys. */
    record Group(RecordInfo info, List<Constraint> constraints) implements FieldType {}

    /** A list. */
    record Items(FieldType element, List<Constraint> constraints) implements FieldType {}

    /** A mapping with keys of the user's choice. */
    record Entries(FieldType value, List<Constraint> constraints) implements FieldType {}

    /** The words of enums, worked out once for each. */
    final class Words extends ClassValue<List<String>> {
        private static final Words OF = new Words();

        private Words() {}

        @Override
        protected List<String> computeValue(Class<?> type) {
            List<String> words = new ArrayList<>();
            for (Object constant : Objects.requireNonNullElse(type.getEnumConstants(), new Object[0])) {
                words.add(EnumWord.of((Enum<?>) constant));
            }
            return List.copyOf(words);
        }
    }
}
