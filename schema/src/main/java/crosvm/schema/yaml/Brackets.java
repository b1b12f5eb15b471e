package crosvm.schema.yaml;

import java.util.ArrayDeque;
import java.util.Deque;

/** Finds where a bracket of YAML's flow style is closed. */
final class Brackets {
    private Brackets() {}

    /**
     * What closes a bracket.
     *
     * @param offset the place of the closing bracket, or -1 when nothing closes it
     * @param fits whether it is of the kind of the opening one
     */
    record Closing(int offset, boolean fits) {}

    /** What closes the bracket at this place; brackets in quotes and comments do not count. */
    static Closing of(String text, int open) {
        Deque<Integer> opened = new ArrayDeque<>();
        for (int i = open; i < text.length(); i = next(text, i)) {
            char c = text.charAt(i);
            if (c == '[' || c == '{') {
                opened.push(i);
            } else if (c == ']' || c == '}') {
                boolean fits = closing(text.charAt(opened.pop())) == c;
                if (opened.isEmpty() || !fits) {
                    return new Closing(i, fits);
                }
            }
        }
        return new Closing(-1, false);
    }

    /** The place of the last bracket that is never closed, or -1. */
    static int open(String text) {
        Deque<Integer> opened = new ArrayDeque<>();
        for (int i = 0; i < text.length(); i = next(text, i)) {
            char c = text.charAt(i);
            if (c == '[' || c == '{') {
                opened.push(i);
            } else if ((c == ']' || c == '}') && !opened.isEmpty()) {
                opened.pop();
            }
        }
        return opened.isEmpty() ? -1 : opened.pop();
    }

    /** The place after this character, or after the quotes or the comment that start here. */
    private static int next(String text, int i) {
        char c = text.charAt(i);
        boolean starts = i == 0 || " \t\r\n[]{},:".indexOf(text.charAt(i - 1)) >= 0;
        if (starts && (c == '"' || c == '\'')) {
            return endOfQuotes(text, i) + 1;
        }
        boolean comment = c == '#' && (i == 0 || Character.isWhitespace(text.charAt(i - 1)));
        return comment ? endOfLine(text, i) : i + 1;
    }

    /** The bracket that closes this one. */
    static char closing(int open) {
        return open == '[' ? ']' : '}';
    }

    private static int endOfQuotes(String text, int open) {
        char quote = text.charAt(open);
        for (int i = open + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && quote == '"') {
                i++;
            } else if (text.charAt(i) == quote) {
                return i;
            }
        }
        return text.length();
    }

    private static int endOfLine(String text, int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end;
    }
}
