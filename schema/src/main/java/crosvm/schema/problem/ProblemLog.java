package crosvm.schema.problem;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the problems of one file, and of those that it includes. Owned by the thread that loads the file. */
public final class ProblemLog {
    /** More than anybody reads; a hostile file must not fill the memory with complaints. */
    public static final int MAX_PROBLEMS = 1000;

    private static final int MAX_TEXT = 1000;

    private final SourceText source;
    private final Map<String, SourceText> others;
    private final String prefix;
    private final List<Problem> problems;

    /** A log without problems for the file of this text. */
    public ProblemLog(SourceText source) {
        this(source, new LinkedHashMap<>(), "", new ArrayList<>());
    }

    private ProblemLog(SourceText source, Map<String, SourceText> others, String prefix, List<Problem> problems) {
        this.source = source;
        this.others = others;
        this.prefix = prefix;
        this.problems = problems;
    }

    /**
     * The same log for one part of the file: what is added through it, with paths that start at that part, is in the whole log. What
     * several parts have from one place (a default for all of them) is told once.
     *
     * @param part {@code machines.web}
     */
    public ProblemLog within(String part) {
        return new ProblemLog(source, others, prefix + part + ".", problems);
    }

    /** Makes another text known, in which values of the file stand. */
    public void include(SourceText text) {
        others.put(text.name(), text);
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
        SourceText text = source(origin);
        Position position = flag ? Position.FILE : origin.position();
        SourceText.Kept kept =
                position.line() > 0 ? text.kept(position.line(), position.column()) : new SourceText.Kept("", 1);
        Problem problem = new Problem(
                flag ? origin.source() : text.name(),
                position,
                rule.severity(),
                rule,
                shortened(message + origin.from()),
                shortened(
                        path.isEmpty() && !prefix.isEmpty() ? prefix.substring(0, prefix.length() - 1) : prefix + path),
                shortened(hint),
                kept.text(),
                kept.first());
        if (prefix.isEmpty() || problems.stream().noneMatch(before -> isSame(before, problem))) {
            problems.add(problem);
        }
    }

    /** Whether the two differ at most in the part of the file that they are told of. */
    private static boolean isSame(Problem a, Problem b) {
        return a.rule().equals(b.rule())
                && a.file().equals(b.file())
                && a.position().equals(b.position())
                && a.message().equals(b.message());
    }

    /** The text that a value of this origin stands in. */
    public SourceText source(Origin origin) {
        return others.getOrDefault(origin.file(), source);
    }

    /** Removes what a rule says of a field. */
    public void remove(Rule rule, String path) {
        String shown = shortened(prefix + path);
        problems.removeIf(p -> p.rule().equals(rule) && p.path().equals(shown));
    }

    /** Whether no more problems are taken, so that nothing need be worked out for them. */
    public boolean isFull() {
        return problems.size() >= MAX_PROBLEMS;
    }

    /** The text of the file, and those that it includes. */
    public List<SourceText> sources() {
        List<SourceText> all = new ArrayList<>(List.of(source));
        all.addAll(others.values());
        return all;
    }

    /** The text of the file. */
    public SourceText source() {
        return source;
    }

    /** Values of a megabyte belong in no message, and hidden characters are written out. */
    private static String shortened(String text) {
        return HiddenCharacters.spelled(text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…");
    }

    /** Whether one of the problems keeps the spec from running. */
    public boolean hasErrors() {
        for (Problem problem : problems) {
            if (problem.severity() == Severity.ERROR) {
                return true;
            }
        }
        return false;
    }

    /** All problems by position, each once. */
    public List<Problem> sorted() {
        if (problems.isEmpty()) {
            return List.of();
        }
        List<Problem> sorted = new ArrayList<>(problems);
        Collections.sort(sorted);
        List<Problem> distinct = new ArrayList<>(sorted.size());
        for (Problem problem : sorted) {
            if (distinct.isEmpty() || !same(distinct.get(distinct.size() - 1), problem)) {
                distinct.add(problem);
            }
        }
        return Collections.unmodifiableList(distinct);
    }

    /** Asked of two in order, of which most differ in what they are sorted by, which is told at less cost. */
    private static boolean same(Problem a, Problem b) {
        return a.compareTo(b) == 0 && a.equals(b);
    }
}
