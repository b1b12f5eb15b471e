package crosvm.schema.problem;

/**
 * Texts from a file made safe to show: what a terminal hides, obeys or turns around becomes visible. A name that differs from
 * a known one by an invisible character only would else look right in its own error message.
 */
public final class HiddenCharacters {
    private HiddenCharacters() {}

    /** The text with hidden characters written out: {@code \}{@code u200B}. */
    static String spelled(String text) {
        if (!anyHidden(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (!hidden(c)) {
                out.appendCodePoint(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\t') {
                out.append("\\t");
            } else {
                out.append(String.format("\\u%04X", c));
            }
        });
        return out.toString();
    }

    private static boolean anyHidden(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (hidden(text.codePointAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** The text with each hidden character replaced by one that is seen, so that columns stay the same; a tab is a blank. */
    static String marked(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> out.appendCodePoint(c == '\t' ? ' ' : hidden(c) ? '\ufffd' : c));
        return out.toString();
    }

    /** Control and format characters, line separators, and blanks that are not the plain one. */
    public static boolean hidden(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            default -> false;
        };
    }

    /** How many columns of a terminal a character takes: 0 for one that joins the one before, 2 for wide ones. */
    static int width(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide = c >= 0x1100 && c <= 0x115f
                || c >= 0x2e80 && c <= 0x303e
                || c >= 0x3041 && c <= 0xa4cf
                || c >= 0xac00 && c <= 0xd7a3
                || c >= 0xf900 && c <= 0xfaff
                || c >= 0xfe30 && c <= 0xfe6f
                || c >= 0xff00 && c <= 0xff60
                || c >= 0xffe0 && c <= 0xffe6
                || c >= 0x1f300 && c <= 0x1f64f
                || c >= 0x1f680 && c <= 0x1f6ff
                || c >= 0x1f900 && c <= 0x1faff
                || c >= 0x20000 && c <= 0x3fffd;
        return wide ? 2 : 1;
    }
}
