package crosvm.seccomp.filter;

import crosvm.seccomp.policy.Action;
import crosvm.seccomp.policy.Atom;
import crosvm.seccomp.policy.Conjunction;
import crosvm.seccomp.policy.Policy;
import crosvm.seccomp.policy.Problem;
import crosvm.seccomp.policy.Rule;
import java.util.ArrayList;
import java.util.List;

/** Finds what a policy could do without: text that changes no decision, and hides the text that does. */
public final class PolicyReview {

    private final Policy policy;
    private final List<Problem> notes = new ArrayList<>();

    private PolicyReview(Policy policy) {
        this.policy = policy;
    }

    /** Every redundancy of a policy, by place; the policy's meaning would be the same without any one of them. */
    public static List<Problem> redundancies(Policy policy) {
        PolicyReview review = new PolicyReview(policy);
        policy.rules().forEach(review::rule);
        policy.overridden().forEach(review::overridden);
        return review.notes.stream().sorted().toList();
    }

    private void overridden(Rule lost) {
        Rule own = policy.ruleFor(lost.syscall().number()).orElseThrow();
        boolean same = lost.action().equals(own.action())
                && failed(lost).equals(failed(own))
                && lost.anyOf().stream()
                        .map(Conjunction::toString)
                        .toList()
                        .equals(own.anyOf().stream().map(Conjunction::toString).toList());
        if (same) {
            note(own, "says the same as the included " + lost.mark());
        }
    }

    private Action failed(Rule rule) {
        return rule.otherwise() == null ? policy.defaultAction() : rule.otherwise();
    }

    private void note(Rule rule, String what) {
        notes.add(new Problem(rule.mark(), rule.syscall().name() + ": " + what));
    }

    private void rule(Rule rule) {
        if (rule.action().equals(policy.defaultAction())
                && (!rule.isConditional() || failed(rule).equals(rule.action()))) {
            note(rule, "the rule asks for what happens without it, " + rule.action());
        }
        if (!rule.isConditional()) {
            return;
        }
        ArgumentCandidates candidates = new ArgumentCandidates(rule);
        if (candidates.first(data -> !RuleEvaluator.holds(rule, data)) == null) {
            note(rule, "the condition always holds; write the action alone");
            return;
        }
        for (Conjunction alternative : rule.anyOf()) {
            if (candidates.first(data -> RuleEvaluator.holds(alternative, data)) == null) {
                notes.add(new Problem(alternative.mark(), "'" + alternative + "' never holds"));
            } else if (Witness.onlyThrough(candidates, rule, alternative) == null) {
                notes.add(new Problem(
                        alternative.mark(), "'" + alternative + "' allows nothing that the other alternatives do not"));
            } else {
                atoms(rule, alternative, candidates);
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // Of two equal atoms each makes the other needless.
    private void atoms(Rule rule, Conjunction alternative, ArgumentCandidates candidates) {
        for (Atom atom : alternative.atoms()) {
            boolean needed = candidates.first(data -> !RuleEvaluator.holds(rule, data)
                            && alternative.atoms().stream()
                                    .filter(other -> other != atom)
                                    .allMatch(other -> other.test(data.argument(other.argument()))))
                    != null;
            if (!needed) {
                notes.add(new Problem(alternative.mark(), "'" + atom + "' in '" + alternative + "' changes nothing"));
            }
        }
    }
}
