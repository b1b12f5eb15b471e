package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Conjunction;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Rule;

/** What a policy means, said directly from its rules: what the compiled filter is measured against. */
public final class RuleEvaluator {

    private RuleEvaluator() {}

    /** What must happen to a system call under a policy. */
    public static Action decide(Policy policy, SeccompData data) {
        if (data.architecture() != SeccompData.ARCH_X86_64
                || Integer.compareUnsigned(data.number(), SeccompData.X32_BIT) >= 0) {
            return Action.KILL_PROCESS;
        }
        return policy.ruleFor(data.number())
                .map(rule -> decide(policy, rule, data))
                .orElse(policy.defaultAction());
    }

    private static Action decide(Policy policy, Rule rule, SeccompData data) {
        if (holds(rule, data)) {
            return rule.action();
        }
        return rule.otherwise() == null ? policy.defaultAction() : rule.otherwise();
    }

    /** Whether a rule's condition holds, a missing one always. */
    static boolean holds(Rule rule, SeccompData data) {
        return !rule.isConditional() || rule.anyOf().stream().anyMatch(some -> holds(some, data));
    }

    static boolean holds(Conjunction conjunction, SeccompData data) {
        return conjunction.atoms().stream().allMatch(atom -> atom.test(data.argument(atom.argument())));
    }
}
