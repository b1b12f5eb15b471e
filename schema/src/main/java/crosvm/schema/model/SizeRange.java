package crosvm.schema.model;

import jakarta.validation.Constraint;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A {@link MemorySize} lies within these bounds, both included. The validators are registered where they are run. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.TYPE_USE})
@Constraint(validatedBy = {})
public @interface SizeRange {
    /** The smallest size, as in the file. */
    String min();

    /** The largest size, as in the file. */
    String max();

    /** Jakarta Validation's message. */
    String message() default "must be between {min} and {max}";

    /** Jakarta Validation's groups. */
    Class<?>[] groups() default {};

    /** Jakarta Validation's payload. */
    Class<? extends Payload>[] payload() default {};
}
