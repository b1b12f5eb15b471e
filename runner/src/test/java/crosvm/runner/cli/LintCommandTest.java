package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LintCommandTest {
    private static final String GOOD = "kernel: vmlinuz\n";
    private static final String BAD = "kernel: vmlinuz\ncpus: 0\nmemroy: 1GiB\n";

    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    @Test
    void endsWithZeroWhenNothingIsFound() throws IOException {
        Run run = Run.of("lint", write("a.yaml", GOOD).toString());
        assertThat(run.out()).contains("1 file, 0 errors");
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
    }

    @Test
    void showsAllProblemsWithTheirPlacesAndEndsWithOne() throws IOException {
        Path file = write("a.yaml", BAD);
        Run run = Run.of("lint", file.toString());
        assertThat(run.out()).contains(file + ":2:7: error", file + ":3:1: error", "\"memory\"", "2 errors");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void findsTheSpecsOfAFolderByTheirNamesAndTheirContent() throws IOException {
        write("vm.yaml", GOOD);
        write("deep/er/web.vm.yml", "kernel: x\nname: other\n");
        write("deep/db.yaml", "# a spec\nname: db\nkernel: {image: x, initrd: i}\n");
        write("deep/kernel.yaml", "spec:\n  kernel: x\n");
        write(".ci.yaml", BAD);
        write("node_modules/x/a.vm.yaml", BAD);
        write("deep/compose.yaml", "services: {}\n");
        write(".hidden/vm.yaml", BAD);
        write("target/vm.yaml", BAD);
        Run run = Run.of("lint", folder.toString());
        assertThat(run.out()).contains("3 files, 0 errors");
        assertThat(run.status()).isZero();
    }

    @Test
    void takesEveryYamlFileOfAFolderWithoutOneNamedVm() throws IOException {
        write("a.yaml", GOOD);
        write("b.yaml", BAD);
        assertThat(Run.of("lint", folder.toString()).out()).contains("2 files, 2 errors");
    }

    @Test
    void lintsTheTextAloneWhenAsked() throws IOException {
        String file = write("a.yaml", GOOD + "memory: ${CROSVM_TEST_NO_SUCH_VARIABLE}\n")
                .toString();
        assertThat(Run.of("lint", file).out()).contains("unset-variable");
        assertThat(Run.of("lint", "--no-environment", file).out()).contains("0 errors");
    }

    @Test
    void passesOverWhatTheIgnoreFileListsAndTellsOfItWhenAsked() throws IOException {
        write("a.yaml", GOOD);
        write("wrong/vm.yaml", BAD);
        write("b.vm.yaml", BAD);
        write(".crosvmignore", "# wrong on purpose\nwrong/\nb.*\n");

        Run run = Run.of("lint", "-v", folder.toString());

        assertThat(run.out()).contains("1 file, 0 errors");
        assertThat(run.err()).isEqualToIgnoringNewLines(folder.resolve("wrong") + ": not searched: .crosvmignore");
    }

    @Test
    void namesABadPatternOfTheIgnoreFile() throws IOException {
        write("a.yaml", GOOD);
        write(".crosvmignore", "a[\n");

        assertThat(Run.of("lint", folder.toString()).err()).contains(".crosvmignore: \"a[\" is not a pattern");
    }

    @Test
    void findsNothingInThisRepository() {
        Run run = Run.of("lint", "..");

        assertThat(run.out()).matches("(?s)\\d\\d files, 0 errors, 0 warnings\n");
    }

    @Test
    void endsWithThreeWhenAFileCannotBeRead() {
        Run run = Run.of("lint", folder.resolve("missing.yaml").toString());
        assertThat(run.out()).contains("missing.yaml: error: no such file");
        assertThat(run.status()).isEqualTo(3);
        Run empty = Run.of("lint", folder.toString());
        assertThat(empty.err()).contains("contains no spec");
        assertThat(empty.status()).isEqualTo(3);
    }

    @Test
    void followsLinksToFilesAndPassesOverThoseThatLeadNowhere() throws IOException {
        write("a/vm.yaml", BAD);
        Path loop = Files.createSymbolicLink(folder.resolve("b.vm.yaml"), Path.of("b.vm.yaml"));
        Files.createSymbolicLink(folder.resolve("c.vm.yaml"), Path.of("a/vm.yaml"));
        Run run = Run.of("lint", folder.toString());
        assertThat(run.out()).contains("a/vm.yaml:", "c.vm.yaml:").doesNotContain(loop.toString());
    }

    @Test
    void failsOnWarningsOnlyWhenAsked() {
        String warned = "kernel: vmlinuz\nsandbox: {enabled: false, onViolation: log}\n";
        assertThat(Run.withInput(warned, "lint", "-").status()).isZero();
        assertThat(Run.withInput(warned, "lint", "--fail-on", "warning", "-").status())
                .isEqualTo(1);
    }

    @Test
    void reportsInEveryFormat() {
        for (String format : new String[] {"text", "json", "jsonl", "sarif", "github", "junit", "gitlab"}) {
            Run run = Run.withInput(BAD, "lint", "--format", format, "-");
            assertThat(run.out()).as(format).contains("memroy");
            assertThat(run.status()).as(format).isEqualTo(1);
        }
        assertThat(Run.withInput(BAD, "lint", "--format", "word", "-").status()).isEqualTo(2);
    }

    @Test
    void coloursOnlyWhenAsked() {
        assertThat(Run.withInput(BAD, "lint", "-").out()).doesNotContain("\u001b[");
        assertThat(Run.withInput(BAD, "lint", "--color", "always", "-").out()).contains("\u001b[");
    }
}
