package crosvm.schema.problem;

/**
 * Where a value comes from.
 *
 * @param kind the kind of place
 * @param source the file, flag or variable
 * @param position where in the file; {@link Position#FILE} for defaults and flags
 * @param file the file that the position is in, by the name the user knows it by; empty for defaults and flags
 */
public record Origin(Kind kind, String source, Position position, String file) {
    /** A place in a file, whose name is the source, or none. */
    public Origin(Kind kind, String source, Position position) {
        this(kind, source, position, kind == Kind.FILE ? source : "");
    }

    /** The kinds of places. */
    public enum Kind {
        /** The default of the field, or worked out from other fields. */
        DEFAULT,
        /** The file. */
        FILE,
        /** A command line flag or {@code --set}. */
        FLAG,
        /** An environment variable. */
        ENVIRONMENT
    }

    /** A default's origin. */
    public static final Origin DEFAULT = new Origin(Kind.DEFAULT, "default", Position.FILE);

    /** What a message about the value ends with: which variables it came from, or nothing. */
    String from() {
        int end = source.indexOf(" (");
        return kind == Kind.ENVIRONMENT ? " (from " + (end < 0 ? source : source.substring(0, end)) + ")" : "";
    }

    /** For people: {@code default}, {@code vm.yaml:3}, {@code --memory}, {@code $HOME (vm.yaml:3)}. */
    public String describe() {
        return switch (kind) {
            case DEFAULT -> "default";
            case FILE -> source + ":" + position.line();
            case FLAG -> source;
            case ENVIRONMENT -> "environment " + source;
        };
    }
}
