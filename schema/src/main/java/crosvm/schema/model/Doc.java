package crosvm.schema.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What people need to know about one field of the spec. Documentation, JSON Schema, command line flags and defaults are all
 * read from here and from the component's own type; there is no second place.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
    /** One or two sentences, ending with a full stop. */
    String value();

    /** A value as it would stand in the file. */
    String example();

    /** The default as it would stand in the file; empty: see {@link #derived()}, or the field is required or may be absent. */
    String defaultValue() default "";

    /** How a missing value is worked out when it is no constant, for example from the position in a list. */
    String derived() default "";

    /** The long flag which overrides this field; empty: an enclosing field's flag reaches it, or {@link #fileOnly()}. */
    String flag() default "";

    /** The short flag, if there is one; the letters are those of the 2018 crosvm. */
    String shortFlag() default "";

    /** True when only {@code --set} and the file reach this field. */
    boolean fileOnly() default false;

    /** The word that stands for "no value given" in a field which may be absent, for example {@code auto}. */
    String absentWord() default "";

    /** True when a path without a slash is the name of a socket, and stays that: it is looked up where such sockets are. */
    boolean socketName() default false;

    /** True when a text is a list of words: it may then also be written as one line, split at blanks. */
    boolean words() default false;
}
