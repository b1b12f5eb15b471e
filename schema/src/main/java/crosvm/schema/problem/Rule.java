package crosvm.schema.problem;

/** Something a spec may do wrong: a constant of the enum that has all rules of its kind. Each has a section in {@code RULES.md}. */
public interface Rule {
    /** All there is to say of it. */
    RuleText text();

    /** The id, in lower case with hyphens: {@code unknown-key}. */
    default String id() {
        return text().id();
    }

    /** How bad it is. */
    default Severity severity() {
        return text().severity();
    }

    /** What the rule finds, in one sentence. */
    default String what() {
        return text().what();
    }

    /** Why that is a problem, in one or two sentences. */
    default String why() {
        return text().why();
    }
}
