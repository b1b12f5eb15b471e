package crosvm.schema.lint;

import crosvm.schema.model.EnumWord;

/** The forms in which findings can be reported. */
public enum ReportFormat {
    /** For people. */
    TEXT,
    /** One JSON object. */
    JSON,
    /** One JSON object a line and problem. */
    JSONL,
    /** SARIF 2.1.0, for code scanning services. */
    SARIF,
    /** Workflow commands that GitHub shows as annotations. */
    GITHUB,
    /** JUnit's XML, for build servers. */
    JUNIT,
    /** GitLab's code quality report. */
    GITLAB;

    /**
     * The report as text, ending with a line feed unless it is empty.
     *
     * @param colour whether {@link #TEXT} may use terminal colours; the others never do
     */
    public String render(LintReport report, boolean colour) {
        return switch (this) {
            case TEXT -> TextReport.render(report, colour);
            case JSON -> JsonReport.render(report);
            case JSONL -> JsonReport.renderLines(report);
            case SARIF -> SarifReport.render(report);
            case GITHUB -> GithubReport.render(report);
            case JUNIT -> JunitReport.render(report);
            case GITLAB -> GitlabReport.render(report);
        };
    }

    /** The word on the command line. */
    public String word() {
        return EnumWord.of(this);
    }
}
