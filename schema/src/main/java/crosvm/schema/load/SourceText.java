package crosvm.schema.load;

import java.util.Arrays;

/** A file's text with its name, and its lines for messages. Lines end with line feed, carriage return or both. Immutable. */
final class SourceText {
    private static final int LONGEST_SHOWN = 240;

    private final String name;
    private final String text;
    /** Where each line starts; found once, because a hostile file has many lines and many problems. */
    private final int[] starts;

    /** The text of the file that the user knows by this name. */
    SourceText(String name, String text) {
        this.name = name;
        this.text = text;
        this.starts = starts(text);
    }

    private static int[] starts(String text) {
        int[] starts = new int[16];
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r' && !text.startsWith("\n", i + 1)) {
                starts = count == starts.length ? Arrays.copyOf(starts, count * 2) : starts;
                starts[count++] = i + 1;
            }
        }
        return Arrays.copyOf(starts, count);
    }

    String name() {
        return name;
    }

    String text() {
        return text;
    }

    /** The line of this number, counted from 1, without its end; empty when there is none. */
    String line(int number) {
        if (number < 1 || number > starts.length) {
            return "";
        }
        int end = number < starts.length ? starts[number] : text.length();
        while (end > starts[number - 1] && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return text.substring(starts[number - 1], end);
    }

    /** The line as it is shown below a message; empty when it is too long to show. */
    String shownLine(int number) {
        String line = line(number);
        return line.length() > LONGEST_SHOWN ? "" : line;
    }
}
