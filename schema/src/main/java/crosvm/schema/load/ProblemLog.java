package crosvm.schema.load;

import java.util.ArrayList;
import java.util.List;

/** Collects the problems of one file. Owned by the thread that loads the file. */
final class ProblemLog {
    /** More than anybody reads; a hostile file must not fill the memory with complaints. */
    static final int MOST = 1000;

    private static final int LONGEST = 1000;

    private final SourceText source;
    private final List<Problem> problems = new ArrayList<>();

    ProblemLog(SourceText source) {
        this.source = source;
    }

    void add(Rule rule, Origin origin, String path, String message) {
        add(rule, origin, path, message, "");
    }

    void add(Rule rule, Origin origin, String path, String message, String hint) {
        if (problems.size() >= MOST) {
            return;
        }
        boolean flag = origin.kind() == Origin.Kind.FLAG;
        Position position = flag ? Position.FILE : origin.position();
        SourceText.Kept kept =
                position.line() > 0 ? source.kept(position.line(), position.column()) : new SourceText.Kept("", 1);
        problems.add(new Problem(
                flag ? origin.source() : source.name(),
                position,
                rule.severity(),
                rule,
                shortened(message),
                shortened(path),
                shortened(hint),
                kept.text(),
                kept.first()));
    }

    SourceText source() {
        return source;
    }

    /** Values of a megabyte belong in no message, and hidden characters are written out. */
    private static String shortened(String text) {
        return Visible.spelled(text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…");
    }

    boolean hasErrors() {
        return problems.stream().anyMatch(p -> p.severity() == Severity.ERROR);
    }

    List<Problem> sorted() {
        return problems.stream().sorted().distinct().toList();
    }
}
