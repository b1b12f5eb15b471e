package crosvm.schema.lint;

import crosvm.schema.model.EnumWord;
import java.util.function.Function;

/** The forms in which findings can be reported. */
public enum ReportFormat {
    /** For people. */
    TEXT(report -> TextReport.render(report, false)),
    /** One JSON object. */
    JSON(JsonReport::render),
    /** One JSON object a line and problem. */
    JSONL(JsonReport::renderLines),
    /** SARIF 2.1.0, for code scanning services. */
    SARIF(SarifReport::render),
    /** Workflow commands that GitHub shows as annotations. */
    GITHUB(GithubReport::render),
    /** JUnit's XML, for build servers. */
    JUNIT(JunitReport::render),
    /** GitLab's code quality report. */
    GITLAB(GitlabReport::render);

    private final Function<LintReport, String> renderer;

    ReportFormat(Function<LintReport, String> renderer) {
        this.renderer = renderer;
    }

    /**
     * The report as text, ending with a line feed unless it is empty.
     *
     * @param colour whether {@link #TEXT} may use terminal colours; the others never do
     */
    public String render(LintReport report, boolean colour) {
        return this == TEXT ? TextReport.render(report, colour) : renderer.apply(report);
    }

    /** The word on the command line. */
    public String word() {
        return EnumWord.of(this);
    }
}
