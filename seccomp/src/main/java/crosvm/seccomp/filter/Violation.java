package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Atom;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Rule;
import java.util.stream.Collectors;

/**
 * A system call that a policy forbids, and what it would take to allow it.
 *
 * @param policy the policy in force
 * @param call what was tried
 */
public record Violation(Policy policy, SeccompData call) {

    /** The line that would allow the call, in the place of the one the policy has for it, if it has one. */
    public String allowingLine() {
        Rule rule = policy.ruleFor(call.number()).orElse(null);
        String name = crosvm.seccomp.policy.SyscallTable.nameOf(call.number());
        if (rule == null || !rule.isConditional()) {
            return name + ": 1";
        }
        String these = rule.anyOf().stream()
                .flatMap(some -> some.atoms().stream())
                .collect(Collectors.toMap(Atom::argument, Atom::wide, (a, b) -> a || b, java.util.TreeMap::new))
                .entrySet()
                .stream()
                .map(entry ->
                        "arg" + entry.getKey() + " == 0x" + Long.toHexString(value(entry.getKey(), entry.getValue())))
                .collect(Collectors.joining(" && "));
        String before = rule.anyOf().stream().map(Object::toString).collect(Collectors.joining(" || "));
        return name + ": " + before + " || " + these;
    }

    private long value(int argument, boolean wide) {
        long value = call.argument(argument);
        return wide ? value : value & 0xffff_ffffL;
    }

    /** {@code socket(0x2, 0x1, 0x0), which block_device.policy forbids; "socket: 1" would allow it}. */
    @Override
    public String toString() {
        return call + ", which " + policy.name() + " forbids; \"" + allowingLine() + "\" there would allow it";
    }
}
