package crosvm.schema.write;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, texts, numbers and booleans as JSON (RFC 8259). */
public final class Json {
    private Json() {}

    /** On one line, without blanks. */
    public static String compact(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, -1, out);
        return out.toString();
    }

    /** Indented by two blanks, with a line feed at the end. */
    public static String pretty(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, 0, out);
        return out.append('\n').toString();
    }

    private static void write(@Nullable Object value, int depth, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            out.append('{');
            Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
            while (entries.hasNext()) {
                Map.Entry<?, ?> entry = entries.next();
                newline(depth < 0 ? -1 : depth + 1, out);
                quote(String.valueOf(entry.getKey()), out);
                out.append(depth < 0 ? ":" : ": ");
                write(entry.getValue(), depth < 0 ? -1 : depth + 1, out);
                out.append(entries.hasNext() ? "," : "");
            }
            newline(map.isEmpty() ? -1 : depth, out);
            out.append('}');
        } else if (value instanceof List<?> list) {
            out.append('[');
            Iterator<?> items = list.iterator();
            while (items.hasNext()) {
                newline(depth < 0 ? -1 : depth + 1, out);
                write(items.next(), depth < 0 ? -1 : depth + 1, out);
                out.append(items.hasNext() ? "," : "");
            }
            newline(list.isEmpty() ? -1 : depth, out);
            out.append(']');
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            quote(value.toString(), out);
        }
    }

    private static void newline(int depth, StringBuilder out) {
        if (depth >= 0) {
            out.append('\n').append("  ".repeat(depth));
        }
    }

    /** Appends a text in double quotes; the result is also a YAML double-quoted scalar. */
    static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    boolean plain = c >= ' '
                            && c != 0x7f
                            && !(c >= 0x80 && c < 0xa0)
                            && c < 0xfffe
                            && c != 0xfeff
                            && c != 0x2028
                            && c != 0x2029
                            && !loneSurrogate(text, i);
                    if (plain) {
                        out.append(c);
                    } else {
                        out.append("\\u");
                        for (int shift = 12; shift >= 0; shift -= 4) {
                            out.append(Character.forDigit(c >> shift & 15, 16));
                        }
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean loneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
