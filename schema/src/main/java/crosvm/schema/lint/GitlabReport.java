package crosvm.schema.lint;

import crosvm.schema.json.Json;
import crosvm.schema.model.TextHash;
import crosvm.schema.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Findings as GitLab's code quality report. Fingerprints hold when lines are inserted above a finding. */
final class GitlabReport {
    private GitlabReport() {}

    static String render(LintReport report) {
        List<Map<String, Object>> issues = new ArrayList<>();
        Map<String, Integer> times = new HashMap<>();
        for (Problem problem : report.problems()) {
            String identity =
                    problem.file() + '\n' + problem.rule().id() + '\n' + problem.path() + '\n' + problem.sourceLine();
            int time = times.merge(identity, 1, Integer::sum);
            Map<String, Object> issue = new LinkedHashMap<>();
            String path = problem.path().isEmpty() ? "" : problem.path() + ": ";
            issue.put("description", path + problem.message());
            issue.put("check_name", problem.rule().id());
            issue.put("fingerprint", TextHash.hex(identity + '\n' + time));
            issue.put(
                    "severity",
                    switch (problem.severity()) {
                        case ERROR -> "major";
                        case WARNING -> "minor";
                        case INFO -> "info";
                    });
            int line = Math.max(1, problem.position().line());
            Map<String, Object> location = new LinkedHashMap<>();
            location.put("path", problem.file());
            location.put("lines", Map.of("begin", line));
            issue.put("location", location);
            issues.add(issue);
        }
        return Json.pretty(issues);
    }
}
