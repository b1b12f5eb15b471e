package crosvm.schema.bind;

import crosvm.schema.model.Constraint;
import crosvm.schema.model.Constraint.Max;
import crosvm.schema.model.Constraint.Min;
import crosvm.schema.model.Constraint.NotBlank;
import crosvm.schema.model.Constraint.PageSized;
import crosvm.schema.model.Constraint.Pattern;
import crosvm.schema.model.Constraint.Size;
import crosvm.schema.model.Constraint.SizeRange;
import crosvm.schema.model.MemorySize;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The constraints the records carry, checked without Hibernate Validator: starting that costs more than the whole rest of
 * loading, and neither {@code up} nor the lint of a sound file must wait for it. It screens for {@code lint}, which asks Hibernate
 * Validator about what is found here. {@code ConstraintAgreementTest} proves that both find the same.
 */
final class ConstraintCheck {
    /** The records' few patterns; compiling one takes longer than to match it. */
    private static final Map<String, java.util.regex.Pattern> COMPILED = new ConcurrentHashMap<>();

    private ConstraintCheck() {}

    /** What a value violates. */
    record Violation(FieldRule rule, String message) {}

    /**
     * The violation of one constraint by one value, or null when it holds.
     *
     * @throws IllegalStateException for a constraint that is not known here
     */
    static @Nullable Violation check(Constraint constraint, Object value) {
        if (constraint instanceof Min min) {
            return ((Number) value).longValue() >= min.value()
                    ? null
                    : new Violation(FieldRule.OUT_OF_RANGE, "is " + value + ", must be at least " + min.value());
        }
        if (constraint instanceof Max max) {
            return ((Number) value).longValue() <= max.value()
                    ? null
                    : new Violation(FieldRule.OUT_OF_RANGE, "is " + value + ", must be at most " + max.value());
        }
        if (constraint instanceof Pattern pattern) {
            return matches(pattern.regexp(), value.toString())
                    ? null
                    : new Violation(FieldRule.BAD_NAME, "\"" + value + "\" " + pattern.message() + bareVariable(value));
        }
        if (constraint instanceof Size size) {
            return sized(size, value);
        }
        if (constraint instanceof NotBlank) {
            return value.toString().isBlank() ? new Violation(FieldRule.BLANK, "is blank") : null;
        }
        if (constraint instanceof PageSized) {
            return ((MemorySize) value).bytes() % MemorySize.PAGE == 0
                    ? null
                    : new Violation(FieldRule.NOT_PAGE_SIZED, "is " + value + ", not a whole number of 4KiB pages");
        }
        if (constraint instanceof SizeRange range) {
            MemorySize size = (MemorySize) value;
            boolean within = size.compareTo(MemorySize.parse(range.min())) >= 0
                    && size.compareTo(MemorySize.parse(range.max())) <= 0;
            return within
                    ? null
                    : new Violation(
                            FieldRule.OUT_OF_RANGE,
                            "is " + size + ", must be between " + range.min() + " and " + range.max());
        }
        throw new IllegalStateException("no check for " + constraint);
    }

    private static boolean matches(String regexp, String text) {
        java.util.regex.Pattern pattern = COMPILED.get(regexp);
        if (pattern == null) {
            pattern = java.util.regex.Pattern.compile(regexp);
            COMPILED.put(regexp, pattern);
        }
        return pattern.matcher(text).matches();
    }

    /** Says of {@code $NAME} how a variable is written. */
    private static String bareVariable(Object value) {
        String text = value.toString();
        return ScalarReader.isBareVariable(text) ? "; a variable is written ${" + text.substring(1) + "}" : "";
    }

    private static int sizeOf(Object value) {
        return value instanceof Map<?, ?> map ? map.size() : ((Collection<?>) value).size();
    }

    private static @Nullable Violation sized(Size size, Object value) {
        boolean text = value instanceof CharSequence;
        int length = text ? value.toString().length() : sizeOf(value);
        if (length >= size.min() && length <= size.max()) {
            return null;
        }
        String unit = text ? " characters" : " items";
        String limit = length < size.min() ? "at least " + size.min() : "at most " + size.max();
        return new Violation(FieldRule.BAD_LENGTH, "has " + length + unit + ", must have " + limit);
    }
}
