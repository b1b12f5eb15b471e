package crosvm.schema.lint;

import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Rule;
import crosvm.schema.yaml.YamlRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The wrong and right examples of the rules, in {@code src/test/resources/lint}, and what the linter says about them. */
final class Golden {
    static final Path FOLDER = Path.of("src/test/resources/lint");
    static final Path SPECS = Path.of("/specs");
    /** Set by {@code -Dgolden.update=true}: write what is, instead of comparing it. Then read the difference before committing. */
    static final boolean UPDATE = Boolean.getBoolean("golden.update");

    private Golden() {}

    /** Why a rule has no file as an example, or empty. */
    static String noFile(Rule rule) {
        if (rule == YamlRule.UNREADABLE) {
            return "`crosvm lint unreadable-file.yaml`, where there is no such file";
        }
        if (rule == YamlRule.TOO_LARGE) {
            return "a file of 256 KiB and one byte";
        }
        if (rule == FieldRule.ENV_FILE) {
            return "`crosvm up vm.yaml --env-file production.env`, where there is no such file";
        }
        return rule == FieldRule.BAD_OVERRIDE ? "`crosvm up vm.yaml --set memroy=1GiB`" : "";
    }

    /** What the linter says about the rule's wrong example. */
    static String wrong(Rule rule) {
        String name = rule.id() + ".yaml";
        Linter linter = Linter.create(Map.of());
        if (rule == YamlRule.UNREADABLE) {
            return TextReport.render(linter.add(Path.of(name)).report(), false);
        }
        if (rule == YamlRule.TOO_LARGE) {
            return TextReport.render(
                    linter.add(name, new byte[SpecLoader.MAX_FILE_BYTES + 1], SPECS)
                            .report(),
                    false);
        }
        if (rule == FieldRule.BAD_OVERRIDE) {
            SpecOverrides overrides = SpecOverrides.builder().set("memroy=1GiB").build();
            byte[] file = "kernel: {builtin: hello}".getBytes(StandardCharsets.UTF_8);
            LoadResult result = SpecLoader.withEnvironment(Map.of()).load("vm.yaml", file, SPECS, overrides);
            return TextReport.render(new LintReport(List.of("vm.yaml"), result.problems()), false);
        }
        if (rule == FieldRule.ENV_FILE) {
            byte[] file = "kernel: {builtin: hello}".getBytes(StandardCharsets.UTF_8);
            LoadResult result = SpecLoader.withEnvironment(Map.of())
                    .withEnvFile(Path.of("production.env"))
                    .load("vm.yaml", file, SPECS, SpecOverrides.none());
            return TextReport.render(new LintReport(List.of("vm.yaml"), result.problems()), false);
        }
        return TextReport.render(lint(rule, ".yaml"), false);
    }

    /** Lints the rule's example with this ending, beside the file that belongs to it if there is one. */
    static LintReport lint(Rule rule, String ending) {
        Linter linter = Linter.create(Map.of());
        if (rule instanceof TargetRule) {
            linter.target(LintTarget.KUBERNETES);
        }
        Path beside = FOLDER.resolve(rule.id() + ".beside.yaml");
        if (Files.exists(beside)) {
            linter.add(beside.getFileName().toString(), bytes(beside), SPECS);
        }
        String name = rule.id() + ending;
        return linter.add(name, bytes(FOLDER.resolve(name)), SPECS).report();
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    /** Compares with a committed file, or writes it. */
    static String expected(Path file, String actual) {
        if (UPDATE) {
            try {
                Files.writeString(file, actual);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return Files.exists(file) ? text(file) : "";
    }
}
