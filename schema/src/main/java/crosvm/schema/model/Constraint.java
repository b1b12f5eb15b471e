package crosvm.schema.model;

import java.lang.annotation.Annotation;

/**
 * A constraint on a value, as the Jakarta Validation annotation of the same name on the record says it; each component means
 * what the annotation's element does.
 */
public sealed interface Constraint {
    /** The smallest number. */
    record Min(long value) implements Constraint {}

    /** The largest number. */
    record Max(long value) implements Constraint {}

    /** What the whole text must match. */
    record Pattern(String regexp, String message) implements Constraint {}

    /** How many characters or items. */
    record Size(int min, int max) implements Constraint {}

    /** Something besides white space. */
    record NotBlank() implements Constraint {}

    /** See {@link crosvm.schema.model.PageSized}. */
    record PageSized() implements Constraint {}

    /** See {@link crosvm.schema.model.SizeRange}. */
    record SizeRange(String min, String max) implements Constraint {}

    /**
     * What an annotation says.
     *
     * @throws IllegalStateException for a constraint that is not known here
     */
    static Constraint of(Annotation annotation) {
        if (annotation instanceof jakarta.validation.constraints.Min min) {
            return new Min(min.value());
        }
        if (annotation instanceof jakarta.validation.constraints.Max max) {
            return new Max(max.value());
        }
        if (annotation instanceof jakarta.validation.constraints.Pattern pattern) {
            return new Pattern(pattern.regexp(), pattern.message());
        }
        if (annotation instanceof jakarta.validation.constraints.Size size) {
            return new Size(size.min(), size.max());
        }
        if (annotation instanceof jakarta.validation.constraints.NotBlank) {
            return new NotBlank();
        }
        if (annotation instanceof crosvm.schema.model.PageSized) {
            return new PageSized();
        }
        if (annotation instanceof crosvm.schema.model.SizeRange range) {
            return new SizeRange(range.min(), range.max());
        }
        throw new IllegalStateException(
                "no constraint of the spec: " + annotation.annotationType().getName());
    }
}
