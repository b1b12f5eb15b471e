package crosvm.schema.lint;

import crosvm.schema.json.Json;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Findings as SARIF 2.1.0 (OASIS). */
final class SarifReport {
    private static final String VERSION = resource("version.txt").strip();
    private static final RuleBook RULES = RuleBook.of(resource("RULES.md"));

    private SarifReport() {}

    private static String resource(String name) {
        try (InputStream in = SarifReport.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String render(LintReport report) {
        List<Rule> rules =
                report.problems().stream().map(Problem::rule).distinct().toList();
        Map<String, Object> driver = new LinkedHashMap<>();
        driver.put("name", "crosvm lint");
        driver.put("version", VERSION);
        driver.put("informationUri", "urn:crosvm:lint");
        driver.put("rules", rules.stream().map(SarifReport::rule).toList());
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("tool", Map.of("driver", driver));
        run.put("columnKind", "unicodeCodePoints");
        run.put(
                "artifacts",
                report.files().stream()
                        .map(f -> Map.of("location", location(f)))
                        .toList());
        run.put(
                "results",
                report.problems().stream()
                        .map(p -> result(p, rules.indexOf(p.rule())))
                        .toList());
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        root.put("version", "2.1.0");
        root.put("runs", List.of(run));
        return Json.pretty(root);
    }

    private static Map<String, Object> rule(Rule rule) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", rule.id());
        map.put("shortDescription", Map.of("text", rule.what()));
        map.put("fullDescription", Map.of("text", rule.what() + " " + rule.why()));
        Map<String, Object> help = new LinkedHashMap<>();
        help.put("text", rule.why());
        help.put("markdown", RULES.get(rule.id()));
        map.put("help", help);
        map.put("defaultConfiguration", Map.of("level", level(rule.severity())));
        return map;
    }

    private static Map<String, Object> result(Problem problem, int ruleIndex) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("ruleId", problem.rule().id());
        map.put("ruleIndex", ruleIndex);
        map.put("level", level(problem.severity()));
        String path = problem.path().isEmpty() ? "" : problem.path() + ": ";
        String hint = problem.hint().isEmpty() ? "" : " (" + problem.hint() + ")";
        map.put("message", Map.of("text", path + problem.message() + hint));
        Map<String, Object> place = new LinkedHashMap<>();
        place.put("artifactLocation", location(problem.file()));
        Position position = problem.position();
        if (position.line() > 0) {
            Map<String, Object> region = new LinkedHashMap<>();
            region.put("startLine", position.line());
            region.put("startColumn", position.column());
            region.put("endLine", position.line());
            region.put("endColumn", position.endColumn());
            if (!problem.sourceLine().isEmpty()) {
                region.put("snippet", Map.of("text", problem.sourceLine()));
            }
            place.put("region", region);
        }
        map.put("locations", List.of(Map.of("physicalLocation", place)));
        return map;
    }

    private static Map<String, Object> location(String file) {
        try {
            boolean absolute = file.startsWith("/");
            // A first segment with a colon would read as a scheme.
            String path = !absolute && file.indexOf(':') >= 0 ? "./" + file : file;
            return Map.of("uri", new URI(absolute ? "file" : null, null, path, null).toASCIIString());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("no URI for " + file, e);
        }
    }

    private static String level(Severity severity) {
        return severity == Severity.INFO ? "note" : severity.word();
    }
}
