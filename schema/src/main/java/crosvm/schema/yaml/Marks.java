package crosvm.schema.yaml;

import crosvm.schema.problem.Position;
import org.snakeyaml.engine.v2.exceptions.Mark;

/** The parser's places, which count from 0, as ours, which count from 1. */
final class Marks {
    private Marks() {}

    /** The one character at the mark. */
    static Position position(Mark mark) {
        int column = mark.getColumn() + 1;
        return new Position(mark.getLine() + 1, column, column + 1);
    }

    /** From the one to the other, or to the next character where that is on another line. */
    static Position position(Mark start, Mark end) {
        int column = start.getColumn() + 1;
        int endColumn = end.getLine() == start.getLine() ? Math.max(column + 1, end.getColumn() + 1) : column + 1;
        return new Position(start.getLine() + 1, column, endColumn);
    }
}
