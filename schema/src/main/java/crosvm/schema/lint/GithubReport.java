package crosvm.schema.lint;

import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;

/** Findings as workflow commands, which GitHub shows as annotations in a pull request. */
final class GithubReport {
    private GithubReport() {}

    static String render(LintReport report) {
        StringBuilder out = new StringBuilder();
        for (Problem problem : report.problems()) {
            out.append("::")
                    .append(
                            problem.severity() == Severity.INFO
                                    ? "notice"
                                    : problem.severity().word());
            out.append(" file=").append(property(problem.file()));
            Position position = problem.position();
            if (position.line() > 0) {
                out.append(",line=").append(position.line()).append(",endLine=").append(position.line());
                // GitHub takes the last column itself, not the one after it.
                out.append(",col=")
                        .append(position.column())
                        .append(",endColumn=")
                        .append(position.endColumn() - 1);
            }
            out.append(",title=").append(property(problem.rule().id())).append("::");
            String path = problem.path().isEmpty() ? "" : problem.path() + ": ";
            String hint = problem.hint().isEmpty() ? "" : "\n" + problem.hint();
            out.append(data(path + problem.message() + " [" + problem.rule().id() + "]" + hint))
                    .append('\n');
        }
        return out.toString();
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }
}
