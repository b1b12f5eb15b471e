package crosvm.runner.report;

import crosvm.vmm.PrintableText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of cells, lined up in columns that are two blanks apart. Used by one thread. */
public final class TextTable {
    private static final int GAP = 2;

    /** Of the lines below that a row goes on in. */
    private static final int INDENT = 6;

    /** No cell is folded within so many characters. */
    private static final int SHORT = 12;

    private final List<String[]> rows = new ArrayList<>();

    /** Adds a row; rows may be of different lengths. */
    public TextTable row(String... cells) {
        rows.add(cells.clone());
        return this;
    }

    /** A text's first line, without control characters: what fits into a cell or a sentence. */
    public static String line(String text) {
        return PrintableText.line(text.lines().findFirst().orElse(""), " ").strip();
    }

    /** All rows, each ending with a line feed, without blanks at the end of lines. */
    @Override
    public String toString() {
        return folded(Integer.MAX_VALUE);
    }

    /**
     * The same within so many characters: the widest columns are folded at blanks; where that is not enough, the columns that do not
     * fit go to a line of their own below.
     */
    public String folded(int width) {
        int[] widths = widths(rows);
        int[] narrow = narrowed(widths, width);
        StringBuilder out = new StringBuilder();
        if (total(narrow) > width) {
            rows.forEach(row -> inGroups(out, row, widths, width));
            return out.toString();
        }
        List<String[]> lines = Arrays.equals(widths, narrow)
                ? rows
                : rows.stream().flatMap(row -> fold(row, narrow).stream()).toList();
        int[] folded = widths(lines);
        lines.forEach(line -> append(out, line, folded));
        return out.toString();
    }

    private static long total(int[] widths) {
        return Arrays.stream(widths).asLongStream().sum() + (long) GAP * (widths.length - 1);
    }

    private static void inGroups(StringBuilder out, String[] row, int[] widths, int width) {
        for (int from = 0; from < row.length; ) {
            int to = from + 1;
            int taken = (from == 0 ? 0 : INDENT) + widths[from];
            while (to < row.length && taken + GAP + widths[to] <= width) {
                taken += GAP + widths[to++];
            }
            String[] group = Arrays.copyOfRange(row, from, to);
            if (from == 0 || !String.join("", group).isBlank()) {
                out.append(" ".repeat(from == 0 ? 0 : INDENT));
                append(out, group, Arrays.copyOfRange(widths, from, to));
            }
            from = to;
        }
    }

    private static void append(StringBuilder out, String[] row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            line.append(row[i]);
            if (i < row.length - 1) {
                line.append(" ".repeat(Math.max(0, widths[i] - length(row[i])) + GAP));
            }
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    private static int[] widths(List<String[]> rows) {
        int[] widths = new int[rows.stream().mapToInt(row -> row.length).max().orElse(0)];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], length(row[i]));
            }
        }
        return widths;
    }

    /** Takes from the widest column that still has something to give, one character at a time. */
    private int[] narrowed(int[] widths, int width) {
        int[] narrow = widths.clone();
        int[] least = longestWords(widths.length);
        long over = total(widths) - width;
        while (over > 0) {
            int widest = -1;
            for (int i = 0; i < narrow.length; i++) {
                if (narrow[i] > Math.max(SHORT, least[i]) && (widest < 0 || narrow[i] > narrow[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                break;
            }
            narrow[widest]--;
            over--;
        }
        return narrow;
    }

    private int[] longestWords(int columns) {
        int[] longest = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                for (String word : row[i].split(" ")) {
                    longest[i] = Math.max(longest[i], length(word));
                }
            }
        }
        return longest;
    }

    private static List<String[]> fold(String[] row, int[] widths) {
        List<String[]> lines = new ArrayList<>();
        for (int i = 0; i < row.length; i++) {
            int line = 0;
            StringBuilder cell = new StringBuilder();
            for (String word : row[i].split(" ")) {
                if (!cell.isEmpty() && length(cell.toString()) + 1 + length(word) > widths[i]) {
                    put(lines, line++, row.length, i, cell.toString());
                    cell.setLength(0);
                }
                cell.append(cell.isEmpty() ? "" : " ").append(word);
            }
            put(lines, line, row.length, i, cell.toString());
        }
        return lines;
    }

    private static void put(List<String[]> lines, int line, int columns, int column, String text) {
        while (lines.size() <= line) {
            String[] empty = new String[columns];
            Arrays.fill(empty, "");
            lines.add(empty);
        }
        lines.get(line)[column] = text;
    }
}
