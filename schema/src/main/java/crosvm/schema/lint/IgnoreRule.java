package crosvm.schema.lint;

import crosvm.schema.problem.Rule;
import crosvm.schema.problem.RuleText;
import crosvm.schema.problem.Severity;

/** What can be wrong with a {@code # crosvm-lint: ignore=RULE reason} comment. */
public enum IgnoreRule implements Rule {
    /** No such rule. */
    UNKNOWN(
            "ignore-unknown",
            Severity.ERROR,
            "An ignore comment names a rule that does not exist.",
            "It ignores nothing."),
    /** Nothing to ignore. */
    UNUSED(
            "ignore-unused",
            Severity.WARNING,
            "An ignore comment has nothing to ignore.",
            "The next real finding there would be hidden."),
    /** No reason. */
    NO_REASON(
            "ignore-reason",
            Severity.WARNING,
            "An ignore comment gives no reason.",
            "Nobody can tell later whether it still holds."),
    /** A comment for lint that lint does not understand. */
    MALFORMED(
            "ignore-malformed",
            Severity.ERROR,
            "A comment names crosvm-lint, but cannot be read.",
            "It ignores nothing, although it looks as if it did."),
    /** A rule that cannot be ignored. */
    REFUSED(
            "ignore-refused",
            Severity.ERROR,
            "An ignore comment names a rule about what cannot run.",
            "crosvm up refuses such a file, so lint must not call it clean.");

    private final RuleText text;

    IgnoreRule(String id, Severity severity, String what, String why) {
        text = new RuleText(id, severity, what, why);
    }

    @Override
    public RuleText text() {
        return text;
    }
}
