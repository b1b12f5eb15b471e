package crosvm.vmm;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text that somebody else has chosen, such as a name in an image or a server's answer, made fit for a message: a terminal would
 * obey an escape sequence in it, and a log would show a line break as a line of ours.
 */
public final class PrintableText {
    /** Characters; of longer text only so much is shown. */
    public static final int MAX_LENGTH = 300;

    /**
     * What a terminal may obey, or show in another order than it has: control characters, those of C1 among them (U+009B begins a
     * sequence as ESC [ does), separators of lines, and marks of direction.
     */
    private static final Pattern OBEYED =
            Pattern.compile("[\\p{Cc}\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]");

    private PrintableText() {}

    /** The text as one line, in any language: each character that a terminal may obey is replaced. */
    public static String line(String text, String replacement) {
        return OBEYED.matcher(text).replaceAll(Matcher.quoteReplacement(replacement));
    }

    /** The text with a question mark for each character that is not printable ASCII, cut at {@value #MAX_LENGTH}. */
    public static String of(String text) {
        String shown = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "..." : text;
        StringBuilder printable = new StringBuilder(shown.length());
        shown.chars().forEach(c -> printable.append(of((char) c)));
        return printable.toString();
    }

    /** The character, or a question mark for one that is not printable ASCII. */
    public static char of(char c) {
        return isPrintable(c) ? c : '?';
    }

    public static boolean isPrintable(char c) {
        return c >= ' ' && c <= '~';
    }
}
