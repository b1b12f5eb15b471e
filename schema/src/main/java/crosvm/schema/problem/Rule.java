package crosvm.schema.problem;

/** Something a spec may do wrong. Each rule has a section in {@code schema/RULES.md}. */
public interface Rule {
    /** The id, in lower case with hyphens: {@code unknown-key}. */
    String id();

    /** How bad it is. */
    Severity severity();

    /** What the rule finds, in one sentence. */
    String what();

    /** Why that is a problem, in one or two sentences. */
    String why();
}
