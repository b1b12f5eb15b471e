package crosvm.seccomp.policy;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    /**
     * What several devices in one process need: a call is allowed that any of the policies allows, with the arguments that
     * any of them allows. Where one refuses what another allows, it is allowed.
     *
     * @param name of the whole, for messages
     * @param policies one or more; the first one's default action counts
     */
    public static Policy union(String name, List<Policy> policies) {
        Map<Integer, Rule> rules = new LinkedHashMap<>();
        Set<String> files = new LinkedHashSet<>();
        for (Policy policy : policies) {
            policy.rules().forEach(rule -> rules.merge(rule.syscall().number(), rule, Rule::or));
            files.addAll(policy.files());
        }
        return policies.size() == 1
                ? policies.get(0)
                : new Policy(
                        name,
                        policies.get(0).defaultAction(),
                        List.copyOf(rules.values()),
                        List.of(),
                        List.copyOf(files));
    }

    public Optional<Rule> ruleFor(int syscallNumber) {
        return rules.stream()
                .filter(rule -> rule.syscall().number() == syscallNumber)
                .findFirst();
    }
}
