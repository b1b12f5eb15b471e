package crosvm.schema.model;

import java.util.Locale;

/** How the constants of an enum are written in files and reports. */
public final class EnumWord {
    private EnumWord() {}

    /** The constant's name in lower case, with hyphens: {@code on-crash}. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
