package crosvm.schema.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A usual way to fill in a record, which editors offer as a whole. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Repeatable(Snippet.List.class)
public @interface Snippet {
    /** What it is, in two or three words. */
    String value();

    /** Its lines, {@code key: value}; {@code ${1:x}} is the first place to fill in, with {@code x} standing there. */
    String[] lines();

    /** Several on one record. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface List {
        /** In the order in which they are offered. */
        Snippet[] value();
    }
}
