package crosvm.schema.problem;

/**
 * A piece of one line. Lines and columns count from 1; columns count characters (code points), a tab being one.
 *
 * @param line the line, or 0 when the whole file is meant
 * @param column where the piece starts, or 0
 * @param endColumn the column after its last character; never before {@code column}
 */
public record Position(int line, int column, int endColumn) implements Comparable<Position> {
    /** The whole file. */
    public static final Position FILE = new Position(0, 0, 0);

    @Override
    public int compareTo(Position other) {
        int byLine = Integer.compare(line, other.line);
        return byLine != 0 ? byLine : Integer.compare(column, other.column);
    }
}
