package crosvm.schema.yaml;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Bare texts that YAML versions and tools read differently. Each trap is named for what it is. */
public final class YamlTraps {
    private static final List<String> BOOLEAN_WORDS = List.of("yes", "no", "on", "off", "y", "n");

    private static final Set<String> BOOLEANS = Set.of("true", "True", "TRUE", "false", "False", "FALSE");

    private YamlTraps() {}

    /** A trap: its rule, and what to say. */
    public record Trap(YamlRule rule, String message, String hint) {}

    /** The trap in a bare text that should be true or false, or null. */
    public static @Nullable Trap forBoolean(String text) {
        if (!isBooleanWord(text)) {
            return null;
        }
        boolean yes = List.of("yes", "on", "y").contains(text.toLowerCase(java.util.Locale.ROOT));
        return new Trap(
                YamlRule.BOOLEAN_WORD,
                "\"" + text + "\" is a boolean in YAML 1.1 and a text in YAML 1.2",
                "write " + yes);
    }

    /** The trap in a bare text that should be a whole number or a size, or null. */
    public static @Nullable Trap forNumber(String text) {
        if (!startsLikeNumber(text) || isPlainNumberOrSize(text)) {
            return null;
        }
        if (Form.OCTAL.matcher(text).matches()) {
            String decimal = text.replaceFirst("^\\+?(-?)0+(?=.)", "$1");
            return new Trap(
                    YamlRule.OCTAL,
                    "\"" + text + "\" is octal in YAML 1.1 and decimal in YAML 1.2",
                    "write " + decimal);
        }
        if (Form.HEX.matcher(text).matches()) {
            return new Trap(YamlRule.HEX, "\"" + text + "\" is not decimal", "write the number in decimal");
        }
        if (isSexagesimal(text)) {
            return new Trap(
                    YamlRule.SEXAGESIMAL,
                    "\"" + text + "\" is a number to the base 60 in YAML 1.1 and a text in YAML 1.2",
                    "write a plain whole number");
        }
        if (Form.FLOAT.matcher(text).matches() && !Form.DIGITS.matcher(text).matches()) {
            return new Trap(YamlRule.FLOAT, "\"" + text + "\" is a floating point number", "write a whole number");
        }
        if (text.indexOf('_') >= 0 && Form.UNDERSCORE.matcher(text).matches()) {
            return new Trap(
                    YamlRule.UNDERSCORE,
                    "\"" + text + "\" is a number in YAML 1.1 and a text in YAML 1.2",
                    "write " + text.replace("_", ""));
        }
        return null;
    }

    /** The trap in a bare text that should be a text, or null. */
    public static @Nullable Trap forText(String text) {
        if (isBooleanWord(text)) {
            return new Trap(
                    YamlRule.BOOLEAN_WORD,
                    "\"" + text + "\" is a boolean in YAML 1.1 and a text in YAML 1.2",
                    "write it in quotes: \"" + text + "\"");
        }
        if (isSexagesimal(text)) {
            return new Trap(
                    YamlRule.SEXAGESIMAL,
                    "\"" + text + "\" is a number to the base 60 in YAML 1.1 and a text in YAML 1.2",
                    "write it in quotes: \"" + text + "\"");
        }
        return null;
    }

    /** True for what YAML 1.2 reads as something else than a text, or null. */
    public static @Nullable String typeOfBare(String text) {
        if (BOOLEANS.contains(text)) {
            return "a boolean";
        }
        boolean path = text.startsWith("./") || text.startsWith("../");
        return startsLikeNumber(text) && !path && Form.NUMBER.matcher(text).matches() ? "a number" : null;
    }

    private static boolean isBooleanWord(String text) {
        return text.length() <= 3 && BOOLEAN_WORDS.contains(text.toLowerCase(java.util.Locale.ROOT));
    }

    private static boolean isSexagesimal(String text) {
        return text.indexOf(':') > 0
                && startsLikeNumber(text)
                && Form.SEXAGESIMAL.matcher(text).matches();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean startsLikeNumber(String text) {
        return !text.isEmpty() && (isDigit(text.charAt(0)) || "+-.".indexOf(text.charAt(0)) >= 0);
    }

    /** What most numbers and sizes look like, and no trap: digits without a zero in front, then nothing or a unit of bytes. */
    private static boolean isPlainNumberOrSize(String text) {
        int digits = 0;
        while (digits < text.length() && isDigit(text.charAt(digits))) {
            digits++;
        }
        boolean zero = text.charAt(0) == '0' && digits > 1;
        return digits > 0 && !zero && (digits == text.length() || digits + 3 == text.length() && text.endsWith("iB"));
    }

    /** Compiled only for texts that look like numbers. */
    private static final class Form {
        private static final Pattern OCTAL = Pattern.compile("[-+]?0[0-9_]+");
        private static final Pattern HEX = Pattern.compile("[-+]?0[xXbBoO][0-9a-fA-F_]+");
        private static final Pattern FLOAT = Pattern.compile(
                "[-+]?(\\.[0-9]+|[0-9][0-9_]*(\\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
        private static final Pattern DIGITS = Pattern.compile("[-+]?[0-9_]+");
        private static final Pattern UNDERSCORE = Pattern.compile("[-+]?[0-9][0-9_]*");
        private static final Pattern SEXAGESIMAL = Pattern.compile("[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?");
        private static final Pattern NUMBER = Pattern.compile(
                "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
                        + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
    }
}
