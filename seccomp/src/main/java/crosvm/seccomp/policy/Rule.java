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
     * A rule that allows what this one or the other allows. Of two that allow nothing this one stays.
     *
     * @param other about the same system call
     */
    Rule or(Rule other) {
        if (!other.action.letsThrough() || isOpen()) {
            return this;
        }
        if (!action.letsThrough() || other.isOpen()) {
            return other;
        }
        Map<String, Conjunction> all = new LinkedHashMap<>();
        anyOf.forEach(some -> all.put(some.toString(), some));
        other.anyOf.forEach(some -> all.putIfAbsent(some.toString(), some));
        return new Rule(syscall, List.copyOf(all.values()), action, otherwise, mark, reason);
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
