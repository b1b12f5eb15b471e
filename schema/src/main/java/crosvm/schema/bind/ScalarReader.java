package crosvm.schema.bind;

import crosvm.schema.model.Cores;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.PortForward;
import crosvm.schema.model.ScalarKind;
import crosvm.schema.model.TimeSpan;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import crosvm.schema.yaml.YamlRule;
import crosvm.schema.yaml.YamlTraps;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads plain values by their field's type, strictly. Used by one thread. */
final class ScalarReader {
    static final String NO_VALUE_HINT = "give a value; where there is a default, the key may be left out instead";

    private final ProblemLog log;
    private final CarriedRoot carried;

    ScalarReader(ProblemLog log, CarriedRoot carried) {
        this.log = log;
        this.carried = carried;
    }

    /**
     * The value, or null after a problem.
     *
     * @param folder where relative paths start
     * @param isSwitch whether {@code on} and {@code off} are allowed for true and false
     */
    @Nullable Object read(FieldType.Scalar type, Tree.Scalar scalar, String path, Path folder, boolean isSwitch) {
        if (isEmptyBlock(scalar)) {
            log.add(
                    YamlRule.NULL,
                    scalar.origin(),
                    path,
                    "has no value: nothing is indented below it",
                    "write the value on the line of its key");
            return null;
        }
        if (scalar.isNull()) {
            log.add(YamlRule.NULL, scalar.origin(), path, "has no value", NO_VALUE_HINT);
            return null;
        }
        if (type.kind() != ScalarKind.TEXT
                && type.kind() != ScalarKind.PATH
                && type.kind() != ScalarKind.WRITES
                && isBareVariable(scalar.text())) {
            String name = scalar.text().substring(1);
            log.add(
                    FieldRule.BAD_VARIABLE,
                    scalar.origin(),
                    path,
                    "$" + name + " is not filled in",
                    "write ${" + name + "}, or ${" + name + ":-DEFAULT}");
            return null;
        }
        return switch (type.kind()) {
            case BOOLEAN -> bool(scalar, path, isSwitch);
            case INTEGER -> integer(scalar, path, type.javaType());
            case SIZE -> size(scalar, path);
            case WORD -> word(type, scalar, path);
            case TEXT -> text(scalar, path);
            case PATH -> new PathReader(log, carried).read(this, scalar, path, folder);
            case MAC -> parsed(scalar, path, FieldRule.BAD_MAC);
            case IPV4 -> parsed(scalar, path, FieldRule.BAD_IPV4);
            case WRITES -> writes(scalar, path, folder);
            case CORES -> parsed(scalar, path, FieldRule.BAD_CORES);
            case TIME -> parsed(scalar, path, FieldRule.BAD_TIME);
            case FORWARD -> parsed(scalar, path, FieldRule.BAD_FORWARD);
        };
    }

    private @Nullable Object writes(Tree.Scalar scalar, String path, Path folder) {
        DiskWrites word = DiskWrites.ofWord(scalar.text());
        if (word != null) {
            return word;
        }
        if (DiskWrites.isBareWord(scalar.text())) {
            log.add(
                    FieldRule.UNKNOWN_WORD,
                    scalar.origin(),
                    path,
                    show(scalar) + " is neither keep nor discard, and does not look like a path",
                    DidYouMean.hint(scalar.text(), DiskWrites.WORDS) + "; an overlay file of that name: ./"
                            + scalar.text());
            return null;
        }
        Path file = new PathReader(log, carried).read(this, scalar, path, folder);
        return file == null ? null : DiskWrites.to(file);
    }

    static boolean isBareVariable(String text) {
        return text.startsWith("$") && text.matches("\\$[A-Za-z_][A-Za-z0-9_]*");
    }

    private static String hint(Tree.Scalar scalar, String other) {
        String slip = Slips.hint(scalar);
        return slip == null ? other : slip;
    }

    /** Whether a block of text was announced by {@code |} or {@code >}, and nothing stands in it. */
    private boolean isEmptyBlock(Tree.Scalar scalar) {
        Origin origin = scalar.origin();
        int c = origin.kind() == Origin.Kind.FILE
                ? log.source(origin)
                        .at(origin.position().line(), origin.position().column())
                : -1;
        return scalar.text().isBlank() && !scalar.plain() && (c == '|' || c == '>');
    }

    private @Nullable Object bool(Tree.Scalar scalar, String path, boolean isSwitch) {
        String text = scalar.text();
        if (isSwitch && (text.equals("on") || text.equals("off"))) {
            return text.equals("on");
        }
        if (scalar.plain()) {
            switch (text) {
                case "true", "True", "TRUE":
                    return true;
                case "false", "False", "FALSE":
                    return false;
                default:
                    if (trapped(YamlTraps.forBoolean(text), scalar, path)) {
                        return null;
                    }
            }
        }
        String hint = hint(scalar, text.equals("true") || text.equals("false") ? "write it without quotes" : "");
        log.add(FieldRule.WRONG_TYPE, scalar.origin(), path, "must be true or false, not " + show(scalar), hint);
        return null;
    }

    /** Whether this is digits, with a minus sign or without. */
    private static boolean isWhole(String text) {
        int start = text.startsWith("-") ? 1 : 0;
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > start;
    }

    private @Nullable Object integer(Tree.Scalar scalar, String path, Class<?> javaType) {
        String text = scalar.text();
        if (scalar.plain() && trapped(YamlTraps.forNumber(text), scalar, path)) {
            return null;
        }
        if (!scalar.plain() || !isWhole(text)) {
            String hint = hint(scalar, isWhole(text) ? "write it without quotes" : "");
            log.add(FieldRule.WRONG_TYPE, scalar.origin(), path, "must be a whole number, not " + show(scalar), hint);
            return null;
        }
        try {
            if (javaType != long.class && javaType != Long.class) {
                return Integer.valueOf(text);
            }
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            log.add(FieldRule.OUT_OF_RANGE, scalar.origin(), path, "is far too large: " + text);
            return null;
        }
    }

    private @Nullable Object size(Tree.Scalar scalar, String path) {
        if (scalar.plain() && trapped(YamlTraps.forNumber(scalar.text()), scalar, path)) {
            return null;
        }
        return parsed(scalar, path, FieldRule.BAD_SIZE);
    }

    private @Nullable Object word(FieldType.Scalar type, Tree.Scalar scalar, String path) {
        List<String> words = type.words();
        int index = words.indexOf(scalar.text());
        if (index >= 0) {
            return type.javaType().getEnumConstants()[index];
        }
        log.add(
                FieldRule.UNKNOWN_WORD,
                scalar.origin(),
                path,
                show(scalar) + " is not known here",
                hint(scalar, DidYouMean.hint(scalar.text(), words)));
        return null;
    }

    @Nullable String text(Tree.Scalar scalar, String path) {
        // A shell has no quotes to give: what a flag says is a text when a text is wanted.
        if (scalar.plain() && scalar.origin().kind() != Origin.Kind.FLAG) {
            String type = YamlTraps.typeOfBare(scalar.text());
            YamlTraps.Trap number = type == null ? null : YamlTraps.forNumber(scalar.text());
            if (number != null && number.rule() != YamlRule.FLOAT) {
                log.add(
                        number.rule(),
                        scalar.origin(),
                        path,
                        number.message(),
                        "write it in quotes: \"" + scalar.text() + "\"");
                return null;
            }
            if (trapped(YamlTraps.forText(scalar.text()), scalar, path)) {
                return null;
            }
            if (type != null) {
                log.add(
                        FieldRule.WRONG_TYPE,
                        scalar.origin(),
                        path,
                        "must be a text, not " + type,
                        "write it in quotes: \"" + scalar.text() + "\"");
                return null;
            }
        }
        return scalar.text();
    }

    /** The value whose kind the rule is about. */
    private static Object parse(String text, FieldRule rule) {
        return switch (rule) {
            case BAD_MAC -> MacAddress.parse(text);
            case BAD_IPV4 -> Ipv4Address.parse(text);
            case BAD_CORES -> Cores.parse(text);
            case BAD_TIME -> TimeSpan.parse(text);
            case BAD_FORWARD -> PortForward.parse(text);
            default -> MemorySize.parse(text);
        };
    }

    private @Nullable Object parsed(Tree.Scalar scalar, String path, FieldRule rule) {
        Object value;
        try {
            value = parse(scalar.text(), rule);
        } catch (IllegalArgumentException e) {
            log.add(rule, scalar.origin(), path, String.valueOf(e.getMessage()), hint(scalar, ""));
            return null;
        }
        // Only what is right otherwise is a trap: quotes would not mend the others.
        boolean bare = scalar.plain() && scalar.origin().kind() != Origin.Kind.FLAG;
        YamlTraps.Trap trap = bare && rule != FieldRule.BAD_SIZE ? YamlTraps.forText(scalar.text()) : null;
        return trap != null && trap.rule() == YamlRule.SEXAGESIMAL && trapped(trap, scalar, path) ? null : value;
    }

    private boolean trapped(YamlTraps.@Nullable Trap trap, Tree.Scalar scalar, String path) {
        if (trap == null) {
            return false;
        }
        log.add(trap.rule(), scalar.origin(), path, trap.message(), trap.hint());
        return true;
    }

    /** The value as it is quoted in messages, shortened. */
    static String show(Tree.Scalar scalar) {
        String text = scalar.text().length() > 60 ? scalar.text().substring(0, 57) + "…" : scalar.text();
        return "\"" + text + "\"";
    }
}
