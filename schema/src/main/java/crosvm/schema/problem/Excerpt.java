package crosvm.schema.problem;

/** The line of a file below a message, with a caret under the token; of a long line the piece around the token. */
final class Excerpt {
    /** The longest line that is shown whole, in characters. */
    private static final int MAX_WHOLE_LINE = 160;
    /** How much is shown before and after the start of the token, of a longer line. */
    private static final int SHOWN_BEFORE = 40;

    private static final int SHOWN_AFTER = 90;
    private static final String ELLIPSIS = "…";

    private Excerpt() {}

    /**
     * Two lines, indented, each with a line feed before it.
     *
     * @param line the source line
     * @param first the column of its first character
     * @param position where the token is
     */
    static String render(String line, int first, Position position) {
        int[] points = line.codePoints().toArray();
        int start = Math.min(points.length, Math.max(0, position.column() - first));
        int end = Math.min(points.length, Math.max(start + 1, position.endColumn() - first));
        boolean whole = first == 1 && points.length <= MAX_WHOLE_LINE;
        int from = whole ? 0 : Math.max(0, start - SHOWN_BEFORE);
        int to = whole ? points.length : Math.min(points.length, start + SHOWN_AFTER);
        String before = first > 1 || from > 0 ? ELLIPSIS : "";
        String after = to < points.length || first > 1 && points.length == SourceText.MAX_KEPT ? ELLIPSIS : "";
        String shown = before + HiddenCharacters.marked(new String(points, from, to - from)) + after;
        int indent = before.length() + width(points, from, start);
        int token = Math.max(1, width(points, start, Math.min(Math.max(end, start), to)));
        return "\n    " + shown + "\n    " + " ".repeat(indent) + "^" + "~".repeat(token - 1);
    }

    private static int width(int[] points, int from, int to) {
        int width = 0;
        for (int i = from; i < to; i++) {
            width += HiddenCharacters.hidden(points[i]) ? 1 : HiddenCharacters.width(points[i]);
        }
        return width;
    }
}
