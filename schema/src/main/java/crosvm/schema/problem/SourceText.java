package crosvm.schema.problem;

import java.util.Arrays;

/** A file's text with its name, and its lines for messages. Lines end with line feed, carriage return or both. Immutable. */
public final class SourceText {
    /** How much of a long line is kept beside a problem, in characters. */
    static final int MAX_KEPT = 240;
    /** Of a longer line, how much is kept before the token. */
    private static final int KEPT_BEFORE = 80;

    private final String name;
    private final String text;
    /** Where each line starts; found once, because a hostile file has many lines and many problems. */
    private final int[] starts;

    /** The text of the file that the user knows by this name. */
    public SourceText(String name, String text) {
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

    /** The name that messages give the file. */
    public String name() {
        return name;
    }

    /** The whole text. */
    public String text() {
        return text;
    }

    /** The line of this number, counted from 1, without its end; empty when there is none. */
    public String line(int number) {
        if (number < 1 || number > starts.length) {
            return "";
        }
        int end = number < starts.length ? starts[number] : text.length();
        while (end > starts[number - 1] && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return text.substring(starts[number - 1], end);
    }

    /** The character (code point) at this line and column, or -1. */
    public int at(int number, int column) {
        String line = line(number);
        return column < 1 || column > line.codePointCount(0, line.length())
                ? -1
                : line.codePointAt(line.offsetByCodePoints(0, column - 1));
    }

    /**
     * What is kept of a line beside a problem in it.
     *
     * @param text the line, or of a long one the piece around the column
     * @param first the column of the text's first character
     */
    record Kept(String text, int first) {}

    /** The line of this number around this column. */
    Kept kept(int number, int column) {
        String line = line(number);
        if (line.length() <= MAX_KEPT) {
            return new Kept(line, 1);
        }
        int points = line.codePointCount(0, line.length());
        int from = Math.max(0, Math.min(column - 1, points) - KEPT_BEFORE);
        int to = Math.min(points, from + MAX_KEPT);
        int start = line.offsetByCodePoints(0, from);
        return new Kept(line.substring(start, line.offsetByCodePoints(start, to - from)), from + 1);
    }
}
