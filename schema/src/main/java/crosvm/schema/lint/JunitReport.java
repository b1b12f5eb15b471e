package crosvm.schema.lint;

import crosvm.schema.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Findings as JUnit's XML: a suite for each file, a failed test for each problem, one passed test for a clean file. */
final class JunitReport {
    private JunitReport() {}

    static String render(LintReport report) {
        StringBuilder out = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Map<String, List<Problem>> byFile = new HashMap<>();
        report.problems()
                .forEach(p ->
                        byFile.computeIfAbsent(p.file(), f -> new ArrayList<>()).add(p));
        long clean = report.files().stream().filter(f -> !byFile.containsKey(f)).count();
        int failures = report.problems().size();
        out.append("<testsuites name=\"crosvm lint\" tests=\"").append(clean + failures);
        out.append("\" failures=\"").append(failures).append("\">\n");
        for (String file : report.files()) {
            suite(file, byFile.getOrDefault(file, List.of()), out);
        }
        return out.append("</testsuites>\n").toString();
    }

    private static void suite(String file, List<Problem> problems, StringBuilder out) {
        out.append("  <testsuite name=\"").append(escape(file)).append("\" tests=\"");
        out.append(Math.max(1, problems.size()))
                .append("\" failures=\"")
                .append(problems.size())
                .append("\">\n");
        if (problems.isEmpty()) {
            out.append("    <testcase classname=\"crosvm lint\" name=\"")
                    .append(escape(file))
                    .append("\"/>\n");
        }
        for (Problem problem : problems) {
            String place = problem.position().line() + ":" + problem.position().column();
            out.append("    <testcase classname=\"").append(escape(file)).append("\" name=\"");
            out.append(escape(place + " " + problem.rule().id())).append("\">\n      <failure type=\"");
            out.append(problem.severity().word()).append("\" message=\"").append(escape(problem.message()));
            out.append("\">").append(escape(problem.describe())).append("</failure>\n    </testcase>\n");
        }
        out.append("  </testsuite>\n");
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\n' -> out.append("&#10;");
                case '\t' -> out.append("&#9;");
                default -> {
                    // XML 1.0 has no way to write the other control characters at all.
                    boolean allowed = c >= ' ' && c != 0xfffe && c != 0xffff && (c < 0xd800 || c > 0xdfff);
                    out.appendCodePoint(allowed ? c : '?');
                }
            }
        });
        return out.toString();
    }
}
