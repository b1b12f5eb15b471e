package crosvm.seccomp.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a policy says about one system call.
 *
 * @param anyOf alternatives, of which one must hold for {@code action}; empty when the arguments do not matter
 * @param action what happens when one holds, or always
 * @param otherwise what happens when none holds; null for the policy's default action
 * @param mark the system call's name in the file
 * @param reason the comment at the end of the line, or the comment lines right above it; may be empty
 */
public record Rule(
        Syscall syscall,
        List<Conjunction> anyOf,
        Action action,
        @Nullable Action otherwise,
        Mark mark,
        String reason) {

    public Rule {
        anyOf = List.copyOf(anyOf);
    }

    /**
     * A rule that allows what this one or the other allows. What neither allows gets the answer that one of them has for it,
     * this one's first, rather than the policy's default. Of two that allow nothing this one stays.
     *
     * @param other about the same system call
     */
    Rule or(Rule other) {
        if (isOpen() || !action.letsThrough() && !other.action.letsThrough()) {
            return this;
        }
        if (other.isOpen()) {
            return other;
        }
        if (!other.action.letsThrough()) {
            return withOtherwise(otherwise == null ? other.action : otherwise);
        }
        if (!action.letsThrough()) {
            return other.withOtherwise(other.otherwise == null ? action : other.otherwise);
        }
        Map<String, Conjunction> all = new LinkedHashMap<>();
        anyOf.forEach(some -> all.put(some.toString(), some));
        other.anyOf.forEach(some -> all.putIfAbsent(some.toString(), some));
        return new Rule(
                syscall,
                List.copyOf(all.values()),
                action,
                otherwise == null ? other.otherwise : otherwise,
                mark,
                reason);
    }

    private Rule withOtherwise(@Nullable Action answer) {
        return new Rule(syscall, anyOf, action, answer, mark, reason);
    }

    /** Whether it lets every call through. */
    private boolean isOpen() {
        return !isConditional() && action.letsThrough();
    }

    /** Whether the arguments decide. */
    public boolean isConditional() {
        return !anyOf.isEmpty();
    }

    /** The rule as a line of a policy. */
    @Override
    public String toString() {
        String filter = isConditional()
                ? anyOf.stream().map(Conjunction::toString).collect(Collectors.joining(" || "))
                : action.equals(Action.ALLOW) ? "1" : action.toString();
        return syscall.name() + ": " + filter + (otherwise == null ? "" : "; " + otherwise);
    }
}
