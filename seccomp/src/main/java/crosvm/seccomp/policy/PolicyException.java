package crosvm.seccomp.policy;

import java.util.List;
import java.util.stream.Collectors;

/** The root of this module's errors: a policy that cannot be used, with all its problems, or a filter the kernel refuses. */
public final class PolicyException extends RuntimeException {

    private final transient List<Problem> problems;

    /** An error with no place in a file: what, which, why and what to do. */
    public PolicyException(String message) {
        super(message);
        problems = List.of();
    }

    /** Every problem of a policy at once, ordered by place; the message has one line for each. */
    public PolicyException(List<Problem> problems) {
        super(problems.stream().sorted().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = problems.stream().sorted().toList();
    }

    /** The problems by place; empty when the error is not about a policy's text. */
    public List<Problem> problems() {
        return problems;
    }
}
