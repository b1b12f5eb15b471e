package crosvm.schema.lint;

import crosvm.schema.model.Constraint;
import crosvm.schema.model.Constraint.Max;
import crosvm.schema.model.Constraint.Min;
import crosvm.schema.model.Constraint.NotBlank;
import crosvm.schema.model.Constraint.Pattern;
import crosvm.schema.model.Constraint.Size;
import crosvm.schema.model.Constraint.SizeRange;
import crosvm.schema.model.Cores;
import crosvm.schema.model.DiskWrites;
import crosvm.schema.model.FieldType;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.TimeSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON Schema of plain values. Each is one flat schema, not a choice of several, wherever that can be: editors then tell
 * what is wrong with {@code errorMessage} (a keyword of theirs, which validators pass over) and not that no choice fits. A text
 * with a variable in it is right everywhere: what it amounts to is not known to an editor.
 */
final class ScalarSchema {
    private static final String VARIABLE = "\\$\\{";
    private static final String PORT =
            "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
    private static final String PRINTABLE = "[^\\u0000-\\u001f\\u007f-\\u009f]*";
    private static final String PATH = "^(?!~[A-Za-z0-9_.-]*(/|$))" + PRINTABLE + "\\S" + PRINTABLE + "$";
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    private ScalarSchema() {}

    /**
     * The schema of a value.
     *
     * @param isSwitch whether {@code on} and {@code off} stand for true and false
     */
    static Map<String, Object> of(FieldType.Scalar type, boolean isSwitch) {
        return switch (type.kind()) {
            case TEXT -> text(type);
            case WRITES ->
                matching(
                        "^(" + String.join("|", DiskWrites.WORDS) + ")$|^(?!" + DiskWrites.BARE_WORD + "$)"
                                + PATH.substring(1),
                        "keep, discard, or the path of an overlay: relative to this file, or absolute");
            case PATH -> matching(PATH, "a path: relative to this file, or absolute; ~ is not expanded");
            case INTEGER -> integer(type);
            case BOOLEAN -> isSwitch ? words(List.of(true, false, "on", "off")) : bool();
            case SIZE -> size(type);
            case WORD -> words(type.words());
            case MAC ->
                matching("^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$|" + VARIABLE, "a MAC address: 52:54:00:12:34:56");
            case IPV4 -> matching("^" + OCTET + "(\\." + OCTET + "){3}$|" + VARIABLE, "an IPv4 address: 192.168.10.1");
            case TIME ->
                number(
                        map("minimum", 1, "maximum", TimeSpan.MAX_SECONDS),
                        "^0*[1-9][0-9]{0,4}s?$|^0*[1-9][0-9]{0,3}m$|^0*([1-9]|1[0-9]|2[0-4])h$|" + VARIABLE,
                        "a time from 1s to 24h, such as 90s, 5m or 1h; a bare number is seconds");
            case CORES ->
                map(
                        "type",
                        List.of("number", "string"),
                        "minimum",
                        0.01,
                        "maximum",
                        Cores.MAX_HUNDREDTHS / 100,
                        "pattern",
                        "^[0-9]{1,4}(\\.[0-9]{1,2})?$|" + VARIABLE,
                        "errorMessage",
                        "must be a number of cores from 0.01 to 1024, such as 2 or 0.5");
            case FORWARD ->
                number(
                        map("minimum", 1, "maximum", 65535),
                        "^" + PORT + "(:" + PORT + ")?$|" + VARIABLE,
                        "a port from 1 to 65535, the same on both sides, or HOST:GUEST such as \"8080:80\"");
        };
    }

    private static Map<String, Object> text(FieldType.Scalar type) {
        String wanted = ".";
        String length = "";
        List<String> said = new ArrayList<>();
        for (Constraint constraint : type.constraints()) {
            if (constraint instanceof Pattern pattern) {
                wanted = "(" + pattern.regexp() + ")$";
                said.add(pattern.message());
            } else if (constraint instanceof Size size) {
                length = "(?=[\\s\\S]{" + size.min() + "," + size.max() + "}$)";
                said.add((said.isEmpty() ? "must have " : "") + "at most " + size.max() + " characters");
            } else if (constraint instanceof NotBlank) {
                return map("type", "string", "pattern", "\\S", "errorMessage", "must not be blank");
            }
        }
        return said.isEmpty()
                ? map("type", "string")
                : matching("^" + length + wanted + "|" + VARIABLE, String.join("; ", said));
    }

    private static Map<String, Object> bool() {
        return map(
                "type",
                List.of("boolean", "string"),
                "pattern",
                VARIABLE,
                "errorMessage",
                "must be true or false, without quotes");
    }

    private static Map<String, Object> integer(FieldType.Scalar type) {
        Map<String, Object> bounds = new LinkedHashMap<>();
        for (Constraint constraint : type.constraints()) {
            if (constraint instanceof Min min) {
                bounds.put("minimum", min.value());
            } else if (constraint instanceof Max max) {
                bounds.put("maximum", max.value());
            }
        }
        String range = bounds.size() < 2 ? "" : " from " + bounds.get("minimum") + " to " + bounds.get("maximum");
        return number(bounds, VARIABLE, "a whole number" + range);
    }

    /** The schema of a whole number in whose place a word may stand. */
    static Map<String, Object> numberOr(String word, FieldType.Scalar type) {
        Map<String, Object> number = integer(type);
        number.put("pattern", "^" + word + "$|" + VARIABLE);
        number.put(
                "errorMessage",
                "must be " + word + " or "
                        + String.valueOf(number.get("errorMessage")).substring(8));
        return number;
    }

    private static Map<String, Object> size(FieldType.Scalar type) {
        Map<String, Object> bounds = map("minimum", 0);
        for (Constraint constraint : type.constraints()) {
            if (constraint instanceof SizeRange range) {
                // A bare number is whole MiB: the first that is large enough.
                long least = MemorySize.parse(range.min()).bytes();
                bounds.put("minimum", (least + (1L << 20) - 1) >> 20);
                bounds.put("maximum", MemorySize.parse(range.max()).toMib());
            }
        }
        return number(
                bounds,
                "^[0-9]+(B|KiB|MiB|GiB|TiB)?$|" + VARIABLE,
                "a size: a whole number and one of B, KiB, MiB, GiB, TiB, such as 512MiB; a bare number is MiB");
    }

    static Map<String, Object> words(List<?> words) {
        String message = "must be one of: "
                + String.join(", ", words.stream().map(String::valueOf).toList());
        return map("anyOf", List.of(map("enum", words, "errorMessage", message), map("$ref", "#/$defs/variable")));
    }

    private static Map<String, Object> number(Map<String, Object> bounds, String pattern, String what) {
        Map<String, Object> number = map("type", List.of("integer", "string"));
        number.putAll(bounds);
        number.put("pattern", pattern);
        number.put("errorMessage", "must be " + what);
        return number;
    }

    private static Map<String, Object> matching(String pattern, String message) {
        String said = message.startsWith("must ") ? message : "must be " + message;
        return map("type", "string", "pattern", pattern, "errorMessage", said);
    }

    static Map<String, Object> map(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }
}
