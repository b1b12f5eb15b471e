package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.load.FullSpec;
import crosvm.schema.load.LoadResult;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Position;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import crosvm.schema.write.SpecWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Changed examples never make the linter throw or hang. Three seconds in the normal build; {@code -Dfuzz.seconds=600} for the
 * long run, {@code -Dfuzz.seed=N} to repeat one.
 */
class LintFuzzTest {
    private static final Duration SLOWEST = Duration.ofSeconds(2);
    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ": ",
            "- ",
            ",",
            "#",
            "&a ",
            "*a",
            "!!int ",
            "|",
            ">",
            "\"",
            "'",
            "\n",
            "\n  ",
            "\t",
            "---\n",
            "~",
            "null",
            "no",
            "010",
            "1e3",
            "1:30",
            "0x1",
            "-1",
            "99999999999999999999",
            "${",
            "${A}",
            "${A:-",
            "$$",
            "<<",
            "? ",
            "%YAML 1.1\n",
            "\u0000",
            "\u0007",
            "\ufeff",
            "\u2028",
            "\ud83d\ude00",
            "é",
            "\\",
            "@",
            "`",
            "...",
            "crosvm-lint: ignore=",
            "disks",
            "path",
            "name",
            "kernel",
            "512MiB",
            "true",
            "auto",
            "52:54:00:12:34:56",
            "10.0.0.1");

    @Test
    void survivesMutatedExamples() throws IOException {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        List<String> corpus = corpus();
        // The first run also starts Hibernate Validator, which is not what is timed here.
        lint(FullSpec.YAML.getBytes(StandardCharsets.UTF_8));
        long end = System.nanoTime()
                + Duration.ofSeconds(Long.getLong("fuzz.seconds", 3)).toNanos();
        int runs = 0;
        int clean = 0;
        while (System.nanoTime() < end) {
            byte[] file = mutate(corpus, random);
            // The time of this thread, not of the clock: other programs must not make this test fail.
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            try {
                clean += lint(file) ? 1 : 0;
            } catch (RuntimeException | StackOverflowError | AssertionError e) {
                Path kept = Files.write(Path.of("target/fuzz-failure.yaml"), file);
                throw new AssertionError("seed " + seed + ", run " + runs + ", file kept as " + kept, e);
            }
            Duration took = Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start);
            assertThat(took).as("seed %d, run %d", seed, runs).isLessThan(SLOWEST);
            runs++;
        }
        assertThat(runs).as("files linted, seed " + seed).isGreaterThan(50);
        assertThat(clean).as("clean files among " + runs).isPositive();
    }

    /** Lints, renders in every format, and takes a loaded spec on its way through the writer and back. */
    private static boolean lint(byte[] file) {
        LintReport report = Linter.create(Map.of("A", "x"))
                .add("fuzz.yaml", file, Path.of("/specs"))
                .report();
        for (ReportFormat format : ReportFormat.values()) {
            assertThat(format.render(report, true)).isNotNull();
        }
        for (Problem problem : report.problems()) {
            Position p = problem.position();
            assertThat(p.line() == 0 || p.column() > 0 && p.endColumn() > p.column())
                    .as(problem.headline())
                    .isTrue();
        }
        SpecLoader loader = SpecLoader.withEnvironment(Map.of("A", "x"));
        LoadResult loaded = loader.load("fuzz.yaml", file, Path.of("/specs"), SpecOverrides.none());
        assertThat(loaded.spec() == null)
                .isEqualTo(loaded.problems().stream().anyMatch(p -> p.severity() == Severity.ERROR));
        VmSpec spec = loaded.spec();
        // Only beside its own file is it known that a path names the folder of that file.
        boolean namesOwnFolder =
                report.problems().stream().anyMatch(p -> p.rule().equals(LintRule.FOLDER_PATH));
        if (spec != null && !namesOwnFolder) {
            LoadResult again =
                    SpecLoader.withEnvironment(Map.of()).load("again.yaml", SpecWriter.toYaml(spec), Path.of("/else"));
            assertThat(again.orThrow()).isEqualTo(spec);
        }
        return report.problems().isEmpty();
    }

    static byte[] mutate(List<String> corpus, Random random) {
        StringBuilder text = new StringBuilder(corpus.get(random.nextInt(corpus.size())));
        int changes = random.nextInt(5);
        for (int i = 0; i < changes && !text.isEmpty(); i++) {
            int at = random.nextInt(text.length());
            int to = Math.min(text.length(), at + 1 + random.nextInt(12));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> text.replace(at, to, PIECES.get(random.nextInt(PIECES.size())));
                case 3 -> text.insert(at, text.substring(at, to).repeat(1 + random.nextInt(40)));
                case 4 -> text.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 0xd800));
                default -> text.append(corpus.get(random.nextInt(corpus.size())));
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(20) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    static List<String> corpus() throws IOException {
        List<String> corpus = new ArrayList<>(List.of(FullSpec.YAML));
        for (Path folder : List.of(Golden.FOLDER, Path.of("../examples"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(f -> f.toString().endsWith(".yaml"))
                        .sorted()
                        .forEach(f -> corpus.add(new String(Golden.bytes(f), StandardCharsets.UTF_8)));
            }
        }
        return corpus;
    }
}
