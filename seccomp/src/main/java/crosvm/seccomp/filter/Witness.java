package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Conjunction;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Rule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A system call that shows what a rule says.
 *
 * @param alternative the part of the condition that alone lets it pass; null when the rule is unconditional or
 *     {@code data} fails it
 * @param expected what the policy wants to happen
 */
public record Witness(Rule rule, @Nullable Conjunction alternative, SeccompData data, Action expected) {

    /**
     * For every rule of a policy a call that meets its action: for a conditional rule one for each alternative that no
     * other alternative would let pass, one that fails, and everything near these that a wrong comparison might confuse.
     */
    public static List<Witness> of(Policy policy) {
        List<Witness> all = new ArrayList<>();
        for (Rule rule : policy.rules()) {
            if (!rule.isConditional()) {
                all.add(new Witness(
                        rule, null, SeccompData.of(rule.syscall().number(), 1, 2, 3, 4, 5, 6), rule.action()));
                continue;
            }
            ArgumentCandidates candidates = new ArgumentCandidates(rule);
            for (Conjunction alternative : rule.anyOf()) {
                SeccompData passing = onlyThrough(candidates, rule, alternative);
                if (passing != null) {
                    all.add(new Witness(rule, alternative, passing, rule.action()));
                    for (SeccompData near : candidates.around(passing)) {
                        all.add(new Witness(rule, null, near, RuleEvaluator.decide(policy, near)));
                    }
                }
            }
            SeccompData failing = candidates.first(data -> !RuleEvaluator.holds(rule, data));
            if (failing != null) {
                all.add(new Witness(rule, null, failing, RuleEvaluator.decide(policy, failing)));
            }
        }
        return all;
    }

    /** A call that passes by this alternative and by no other. */
    @SuppressWarnings("ReferenceEquality") // Of two equal alternatives neither is the only one.
    static @Nullable SeccompData onlyThrough(ArgumentCandidates candidates, Rule rule, Conjunction alternative) {
        return candidates.first(data -> RuleEvaluator.holds(alternative, data)
                && rule.anyOf().stream()
                        .filter(other -> other != alternative)
                        .noneMatch(other -> RuleEvaluator.holds(other, data)));
    }
}
