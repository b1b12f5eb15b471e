package crosvm.schema.lint;

import crosvm.schema.json.Json;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import java.util.LinkedHashMap;
import java.util.Map;

/** Findings as JSON. Line and column are 0 when the whole file, or a flag, is meant. */
final class JsonReport {
    private JsonReport() {}

    static String render(LintReport report) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("files", report.files());
        root.put("problems", report.problems().stream().map(JsonReport::problem).toList());
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("files", report.files().size());
        summary.put("errors", report.count(Severity.ERROR));
        summary.put("warnings", report.count(Severity.WARNING));
        root.put("summary", summary);
        return Json.pretty(root);
    }

    static String renderLines(LintReport report) {
        StringBuilder out = new StringBuilder();
        report.problems().forEach(p -> out.append(Json.compact(problem(p))).append('\n'));
        return out.toString();
    }

    private static Map<String, Object> problem(Problem problem) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", problem.file());
        map.put("line", problem.position().line());
        map.put("column", problem.position().column());
        map.put("endColumn", problem.position().endColumn());
        map.put("severity", problem.severity().word());
        map.put("rule", problem.rule().id());
        map.put("path", problem.path());
        map.put("message", problem.message());
        map.put("hint", problem.hint());
        map.put("source", problem.sourceLine());
        map.put("sourceColumn", problem.sourceColumn());
        return map;
    }
}
