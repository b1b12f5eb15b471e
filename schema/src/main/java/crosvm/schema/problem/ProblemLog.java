package crosvm.schema.problem;

import java.util.ArrayList;
import java.util.List;

/** Collects the problems of one file. Owned by the thread that loads the file. */
public final class ProblemLog {
    /** More than anybody reads; a hostile file must not fill the memory with complaints. */
    public static final int MAX_PROBLEMS = 1000;

    private static final int MAX_TEXT = 1000;

    private final SourceText source;
    private final List<Problem> problems = new ArrayList<>();

    /** A log without problems for the file of this text. */
    public ProblemLog(SourceText source) {
        this.source = source;
    }

    /** Adds a problem without a hint. */
    public void add(Rule rule, Origin origin, String path, String message) {
        add(rule, origin, path, message, "");
    }

    /**
     * Adds a problem, unless there are {@link #MAX_PROBLEMS} already.
     *
     * @param origin where it stands; a flag's problem has no position
     * @param path the field, or empty
     * @param hint what to do, or empty
     */
    public void add(Rule rule, Origin origin, String path, String message, String hint) {
        if (isFull()) {
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
                shortened(message + origin.from()),
                shortened(path),
                shortened(hint),
                kept.text(),
                kept.first()));
    }

    /** Removes what a rule says of a field. */
    public void remove(Rule rule, String path) {
        String shown = shortened(path);
        problems.removeIf(p -> p.rule().equals(rule) && p.path().equals(shown));
    }

    /** Whether no more problems are taken, so that nothing need be worked out for them. */
    public boolean isFull() {
        return problems.size() >= MAX_PROBLEMS;
    }

    /** The text that the positions belong to. */
    public SourceText source() {
        return source;
    }

    /** Values of a megabyte belong in no message, and hidden characters are written out. */
    private static String shortened(String text) {
        return HiddenCharacters.spelled(text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…");
    }

    /** Whether one of the problems keeps the spec from running. */
    public boolean hasErrors() {
        return problems.stream().anyMatch(p -> p.severity() == Severity.ERROR);
    }

    /** All problems by position, each once. */
    public List<Problem> sorted() {
        return problems.stream().sorted().distinct().toList();
    }
}
