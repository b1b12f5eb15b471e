package crosvm.schema.problem;

import java.util.Arrays;

/**
 * A file's text with its name, and its lines for messages. Lines end with line feed, carriage return or both. What a place costs
 * does not depend on how long its line is: a hostile file has all its values on one. Immutable; used by one thread.
 */
public final class SourceText {
    /** How much of a long line is kept beside a problem, in characters. */
    static final int MAX_KEPT = 240;
    /** Of a longer line, how much is kept before the token. */
    private static final int KEPT_BEFORE = 80;

    private final String name;
    private final String text;
    /** Where each line starts. */
    private final int[] starts;
    /** Where each character (code point) starts, or nothing when each takes one place. */
    private final int[] points;

    /** The text of the file that the user knows by this name. */
    public SourceText(String name, String text) {
        this.name = name;
        this.text = text;
        this.starts = starts(text);
        this.points = points(text);
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

    private static int[] points(String text) {
        int count = text.codePointCount(0, text.length());
        if (count == text.length()) {
            return new int[0];
        }
        int[] points = new int[count];
        for (int i = 0, at = 0; i < count; i++) {
            points[i] = at;
            at += Character.charCount(text.codePointAt(at));
        }
        return points;
    }

    /** The name that messages give the file. */
    public String name() {
        return name;
    }

    /** The whole text. */
    public String text() {
        return text;
    }

    /** How many lines there are; at least one. */
    public int lines() {
        return starts.length;
    }

    /** The line of this number, counted from 1, without its end; empty when there is none. */
    public String line(int number) {
        return number < 1 || number > starts.length ? "" : text.substring(starts[number - 1], end(number));
    }

    /** Where the line of this number ends, without its line feed. */
    private int end(int number) {
        int end = number < starts.length ? starts[number] : text.length();
        while (end > starts[number - 1] && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return end;
    }

    /** The place in the text of this line and column, or -1 when the line is not that long; the column after its end counts. */
    public int offset(int line, int column) {
        if (line < 1 || line > starts.length || column < 1) {
            return -1;
        }
        int start = starts[line - 1];
        int offset;
        if (points.length == 0) {
            offset = start + column - 1;
        } else {
            int point = index(start) + column - 1;
            offset = point < points.length ? points[point] : point == points.length ? text.length() : Integer.MAX_VALUE;
        }
        return offset <= end(line) ? offset : -1;
    }

    /** The index of the character (code point) that starts at this place of the text. */
    private int index(int offset) {
        if (points.length == 0) {
            return offset;
        }
        int found = Arrays.binarySearch(points, offset);
        return found >= 0 ? found : -found - 1;
    }

    /** The line and column of the character at this place of the text. */
    public Position position(int offset) {
        int found = Arrays.binarySearch(starts, offset);
        int line = found >= 0 ? found + 1 : -found - 1;
        int column = index(offset) - index(starts[line - 1]) + 1;
        return new Position(line, column, column + 1);
    }

    /** The piece of one line from the one place of the text to the other. */
    public Position position(int from, int to) {
        Position start = position(from);
        return new Position(start.line(), start.column(), start.column() + index(to) - index(from));
    }

    /** The character (code point) at this line and column, or -1. */
    public int at(int line, int column) {
        int offset = offset(line, column);
        return offset < 0 || offset == end(line) ? -1 : text.codePointAt(offset);
    }

    /** What stands at this position, or empty when its line is not that long. */
    public String piece(Position position) {
        int from = offset(position.line(), position.column());
        int to = offset(position.line(), position.endColumn());
        return from < 0 || to < 0 ? "" : text.substring(from, to);
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
        if (number < 1 || number > starts.length) {
            return new Kept("", 1);
        }
        int start = starts[number - 1];
        int end = end(number);
        if (end - start <= MAX_KEPT) {
            return new Kept(text.substring(start, end), 1);
        }
        int length = index(end) - index(start);
        int from = Math.max(0, Math.min(column - 1, length) - KEPT_BEFORE);
        int to = Math.min(length, from + MAX_KEPT);
        return new Kept(text.substring(offset(number, from + 1), offset(number, to + 1)), from + 1);
    }
}
