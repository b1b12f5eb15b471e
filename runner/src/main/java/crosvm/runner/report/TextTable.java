package crosvm.runner.report;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells, lined up in columns that are two blanks apart. Used by one thread. */
public final class TextTable {
    private final List<String[]> rows = new ArrayList<>();

    /** Adds a row; rows may be of different lengths. */
    public TextTable row(String... cells) {
        rows.add(cells.clone());
        return this;
    }

    /** A text's first line, without control characters: what fits into a cell or a sentence. */
    public static String line(String text) {
        return text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", " ").strip();
    }

    /** All rows, each ending with a line feed, without blanks at the end of lines. */
    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].codePointCount(0, row[i].length()));
            }
        }
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]);
                if (i < row.length - 1) {
                    line.append(" ".repeat(widths[i] - row[i].codePointCount(0, row[i].length()) + 2));
                }
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
