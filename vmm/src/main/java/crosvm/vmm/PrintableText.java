package crosvm.vmm;

/**
 * Text that somebody else has chosen, such as a name in an image or a server's answer, made fit for a message: a terminal would
 * obey an escape sequence in it, and a log would show a line break as a line of ours.
 */
public final class PrintableText {
    /** Characters; of longer text only so much is shown. */
    public static final int MAX_LENGTH = 300;

    private PrintableText() {}

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
