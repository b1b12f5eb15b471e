package crosvm.schema.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Fields that cannot stand beside another one of the same record. For the JSON Schema, so that editors see it; the rules of the
 * loader say the same and are what counts.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Repeatable(Excludes.List.class)
public @interface Excludes {
    /** The field that excludes the others when it is there; a boolean one when it is {@code true}. */
    String value();

    /** The fields it excludes. */
    String[] others();

    /** The message for an editor. */
    String message();

    /** Several on one record. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface List {
        /** All of them hold. */
        Excludes[] value();
    }
}
