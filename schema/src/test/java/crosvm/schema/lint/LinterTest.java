package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.load.Problem;
import crosvm.schema.load.Severity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
                .isEmpty();
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
