package crosvm.schema.problem;

/**
 * What is to be said of a rule, wherever it is listed.
 *
 * @param id the id, in lower case with hyphens: {@code unknown-key}
 * @param severity how bad a finding is
 * @param what what the rule finds, in one sentence
 * @param why why that is a problem, in one or two sentences
 */
public record RuleText(String id, Severity severity, String what, String why) {}
