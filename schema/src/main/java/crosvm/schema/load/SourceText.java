package crosvm.schema.load;

/**
 * A file's text with its name, and its lines for messages.
 *
 * @param name the name as the user gave it
 * @param text the whole text, lines ending with line feed, carriage return or both
 */
record SourceText(String name, String text) {
    private static final int LONGEST_SHOWN = 240;

    /** The line of this number, counted from 1, without its end; empty when there is none, or it is too long to show. */
    String line(int number) {
        int start = 0;
        for (int n = 1; n < number; n++) {
            int end = lineEnd(start);
            if (end >= text.length()) {
                return "";
            }
            start = afterEnd(end);
        }
        int end = lineEnd(start);
        return number < 1 || end - start > LONGEST_SHOWN ? "" : text.substring(start, end);
    }

    private int lineEnd(int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
        }
        return at;
    }

    private int afterEnd(int end) {
        return text.startsWith("\r\n", end) ? end + 2 : end + 1;
    }
}
