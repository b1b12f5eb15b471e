package crosvm.seccomp.policy;

import java.util.List;
import java.util.Optional;

/**
 * A policy with its includes resolved: at most one rule for each system call, and an action for all others.
 *
 * @param name the file it was read from
 * @param defaultAction for a system call without a rule, and for one whose rule's condition fails without naming an action
 * @param rules in the order of the text, an include standing where it is written
 * @param overridden rules of included files that lost to a rule of this policy's own
 * @param files every file read, this policy's first
 */
public record Policy(String name, Action defaultAction, List<Rule> rules, List<Rule> overridden, List<String> files) {

    public Policy {
        rules = List.copyOf(rules);
        overridden = List.copyOf(overridden);
        files = List.copyOf(files);
    }

    /** Reads and resolves a policy, or throws {@link PolicyException} with every problem in it and its includes. */
    public static Policy load(PolicySource source, String name) {
        return new PolicyLoader(source).load(name);
    }

    /** The same rules with another action for what they do not cover: {@code sandbox.onViolation: log}. */
    public Policy withDefaultAction(Action action) {
        return new Policy(name, action, rules, overridden, files);
    }

    public Optional<Rule> ruleFor(int syscallNumber) {
        return rules.stream()
                .filter(rule -> rule.syscall().number() == syscallNumber)
                .findFirst();
    }
}
