package crosvm.schema.lint;

import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;

/** Findings for people: one line each, with the source line and a caret below, and a summary. */
final class TextReport {
    private static final String RESET = "\u001b[0m";

    private TextReport() {}

    static String render(LintReport report, boolean colour) {
        StringBuilder out = new StringBuilder();
        for (Problem problem : report.problems()) {
            out.append(colour ? coloured(problem) : problem.describe()).append('\n');
        }
        return out.append(report.summary()).append('\n').toString();
    }

    private static String coloured(Problem problem) {
        String[] lines = problem.describe().split("\n", -1);
        String word = problem.severity().word() + ":";
        String tint = problem.severity() == Severity.ERROR ? "\u001b[1;31m" : "\u001b[1;33m";
        int at = lines[0].indexOf(" " + word) + 1;
        StringBuilder out =
                new StringBuilder("\u001b[1m").append(lines[0], 0, at).append(RESET);
        out.append(tint).append(word).append(RESET).append(lines[0].substring(at + word.length()));
        boolean caret = problem.position().line() > 0 && !problem.sourceLine().isEmpty();
        for (int i = 1; i < lines.length; i++) {
            boolean tinted = caret && i == 2;
            out.append('\n').append(tinted ? tint : "").append(lines[i]).append(tinted ? RESET : "");
        }
        return out.toString();
    }
}
