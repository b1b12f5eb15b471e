package crosvm.schema.problem;

import java.util.List;
import java.util.stream.Collectors;

/** A spec that cannot be used; the message lists all problems. */
public final class SpecException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** One exception for all problems. */
    public SpecException(List<Problem> problems) {
        super(problems.stream().map(Problem::describe).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** What is wrong, sorted by position. */
    public List<Problem> problems() {
        return problems;
    }
}
