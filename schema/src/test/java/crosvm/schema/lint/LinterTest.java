package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.SpecLoader;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.Severity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinterTest {
    private static final String KERNEL = "kernel: {image: vmlinuz, initrd: initrd.img}\n";

    @Test
    void silencesOneRuleOnOneLine() {
        assertThat(ids(KERNEL + "sandbox: off # crosvm-lint: ignore=sandbox-off debugging\n"))
                .isEmpty();
        assertThat(ids(KERNEL + "# crosvm-lint: ignore=sandbox-off debugging\n\n# more\nsandbox: off\n"))
                .isEmpty();
        assertThat(ids(KERNEL + "# crosvm-lint: ignore=no-root,sandbox-off why\nsandbox: off\n"))
                .containsExactly("ignore-unused");
        assertThat(ids(KERNEL + "# crosvm-lint: ignore=sandbox-off why\ncpus: 2\nsandbox: off\n"))
                .containsExactly("ignore-unused", "sandbox-off");
    }

    @Test
    void takesNoIgnoreCommentOutOfAText() {
        assertThat(
                        ids(
                                "kernel: {image: vmlinuz, initrd: initrd.img, params: [\"a # crosvm-lint: ignore=no-root x\"]}\n"))
                .containsExactly("param-comment");
    }

    @Test
    void takesNoIgnoreCommentOutOfABlockOfText() {
        String block =
                "kernel:\n  image: vmlinuz\n  initrd: initrd.img\n  params: |\n    a # crosvm-lint: ignore=no-root x\n";
        assertThat(ids(block)).containsExactly("param-comment");
        assertThat(ids(KERNEL + "control: '/run/a # crosvm-lint: ignore=no-root x'\n"))
                .isEmpty();
    }

    @Test
    void silencesARuleInTheWholeFile() {
        String disks = "disks: [{path: /home/a/x.img}, {path: /home/a/y.img}]\n";
        assertThat(ids(KERNEL + disks)).containsExactly("home-path", "home-path");
        assertThat(ids("# crosvm-lint: ignore-file=home-path made by a tool\n" + KERNEL + disks))
                .isEmpty();
        assertThat(ids("# crosvm-lint: ignore-file=home-path made by a tool\n" + KERNEL))
                .containsExactly("ignore-unused");
    }

    @Test
    void tellsOfACommentThatItCannotRead() {
        for (String wrong : List.of(
                "crosvm-lint: ignor=sandbox-off x",
                "crosvm-lint: disable=sandbox-off",
                "Crosvm-Lint: ignore=sandbox-off x",
                "crosvm-lint: ignore= sandbox-off")) {
            assertThat(ids(KERNEL + "sandbox: off # " + wrong + "\n"))
                    .as(wrong)
                    .containsExactly("sandbox-off", "ignore-malformed");
        }
        assertThat(ids(KERNEL + "# crosvm-lint looks at this file\n")).isEmpty();
    }

    @Test
    void takesAFileForOneHoweverItIsSpelled() {
        LintReport report = Linter.create(Map.of())
                .add(Path.of("../examples/full.yaml"))
                .add(Path.of("../examples/../examples/./full.yaml"))
                .add(Path.of("../examples/full.yaml").toAbsolutePath())
                .report();
        assertThat(report.files()).containsExactly("../examples/full.yaml");
        assertThat(report.problems()).isEmpty();
    }

    @Test
    void keepsTheConsoleOfOneMachineOffTheDiskOfAnother() {
        byte[] disk = bytes(KERNEL + "disks: [data.img]\n");
        byte[] console = bytes(KERNEL + "console: {com2: {to: file, path: x/../data.img}}\n");
        for (List<byte[]> order : List.of(List.of(disk, console), List.of(console, disk))) {
            LintReport report = Linter.create(Map.of())
                    .add("a.yaml", order.get(0), Path.of("/specs"))
                    .add("b.yaml", order.get(1), Path.of("/specs"))
                    .report();
            assertThat(report.problems().stream()
                            .map(p -> p.file() + " " + p.rule().id()))
                    .containsExactly("b.yaml fleet-console");
        }
    }

    @Test
    void findsNothingInTheEffectiveSpecOfACleanFileWhereverThatLies() throws IOException {
        SpecLoader loader = SpecLoader.withEnvironment(Map.of());
        try (Stream<Path> examples = Files.list(Path.of("../examples"))) {
            for (Path example :
                    examples.filter(f -> f.toString().endsWith(".yaml")).toList()) {
                if (Files.readString(example).contains("\nmachines:")) {
                    continue; // A file of several machines has no effective spec of its own.
                }
                String written = EffectiveYaml.of(
                        loader.load(example.toString(), Files.readString(example), Path.of("/home/me/vms"))
                                .orThrow());
                LintReport report = Linter.create(Map.of())
                        .add("x.yaml", bytes(written), Path.of("/elsewhere"))
                        .report();
                assertThat(report.problems()).as(written).isEmpty();
                assertThat(EffectiveYaml.of(loader.load("x.yaml", written, Path.of("/elsewhere"))
                                .orThrow()))
                        .isEqualTo(written);
            }
        }
    }

    @Test
    void tellsOfAFolderThatCannotBeLookedInto() {
        LintReport report = Linter.create(Map.of())
                .unreadable(Path.of("closed"), "permission denied")
                .report();
        assertThat(report.problems().get(0).describe())
                .isEqualTo("closed: error: cannot be read: permission denied [unreadable-file]");
        assertThat(report.unreadable()).isTrue();
    }

    @Test
    void saysNothingOfDefaultsThatAreWrittenOut() {
        String off = "sandbox:\n  enabled: false # crosvm-lint: ignore=sandbox-off a test\n";
        assertThat(ids(KERNEL + off + "  onViolation: kill\n  onFailure: stop\n"))
                .isEmpty();
        assertThat(ids(KERNEL + off + "  onFailure: continue\n")).containsExactly("sandbox-unused");
    }

    @Test
    void namesTheTrapInABareWordOnlyWhereTheWordIsMeant() {
        assertThat(ids(KERNEL + "restart: no\n")).containsExactly("bare-switch");
        assertThat(ids(KERNEL + "networks: [{tap: tap0, vhost: on}]\n")).containsExactly("bare-switch");
        assertThat(ids(KERNEL + "restart: \"no\"\nrng: off\n")).isEmpty();
    }

    @Test
    void sharesReadOnlyDisksBetweenMachines() {
        LintReport report = Linter.create(Map.of())
                .add("a.yaml", bytes(KERNEL + "disks: [x.img]\n"), Path.of("/specs"))
                .add("b.yaml", bytes(KERNEL + "disks: [x.img]\n"), Path.of("/specs"))
                .add("c.yaml", bytes(KERNEL + "disks: [{path: x.img, readOnly: false}]\n"), Path.of("/specs"))
                .report();
        assertThat(report.problems().stream().map(p -> p.file() + " " + p.rule().id()))
                .containsExactly("c.yaml fleet-disk");
        assertThat(report.has(Severity.ERROR)).isTrue();
    }

    @Test
    void readsNoEnvironmentUnlessItIsGiven() {
        String text = KERNEL + "memory: ${MEM}\n";
        assertThat(ids(text)).containsExactly("unset-variable");
        assertThat(Linter.create(Map.of("MEM", "1GiB"))
                        .add("x.yaml", bytes(text), Path.of("/specs"))
                        .report()
                        .problems())
                .isEmpty();
    }

    @Test
    void saysTheSameTwice() {
        Linter linter = Linter.create(Map.of()).add("x.yaml", bytes(KERNEL + "sandbox: off\n"), Path.of("/specs"));
        assertThat(linter.report().problems())
                .isEqualTo(linter.report().problems())
                .hasSize(1);
    }

    @Test
    void knowsThatAFileCannotBeRead() {
        LintReport report =
                Linter.create(Map.of()).add(Path.of("/no/such/file.yaml")).report();
        assertThat(report.unreadable()).isTrue();
        assertThat(report.summary()).isEqualTo("1 file, 1 error, 0 warnings");
    }

    private static List<String> ids(String text) {
        return Linter.create(Map.of()).add("x.yaml", bytes(text), Path.of("/specs")).report().problems().stream()
                .map(Problem::rule)
                .map(r -> r.id())
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
