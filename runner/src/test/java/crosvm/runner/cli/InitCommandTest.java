package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitCommandTest {
    @TempDir
    Path folder;

    @Test
    void writesASpecThatLintsCleanAndItsSchema() throws IOException {
        Path web = folder.resolve("web");
        assertThat(Run.of("init", web.toString()).status()).isZero();
        assertThat(Run.of("lint", "--fail-on", "info", web.resolve("vm.yaml").toString())
                        .status())
                .isZero();
        assertThat(Files.readString(web.resolve("vm.schema.json")))
                .isEqualTo(Run.of("schema").out());
        assertThat(web.resolve("vm.yaml")).content().startsWith("# yaml-language-server: $schema=vm.schema.json\n");
    }

    @Test
    void showsOnlyWhatWorksWhenItIsUncommented() throws IOException {
        assertThat(Run.of("init", folder.toString()).status()).isZero();
        Path file = folder.resolve("vm.yaml");
        String everything = Files.readString(file).replace("#x ", "").replace("  builtin: hello\n", "");
        Files.writeString(file, everything);
        Run lint = Run.of("lint", "--fail-on", "info", file.toString());
        assertThat(lint.out()).contains("1 file, 0 errors, 0 warnings");
        assertThat(lint.status()).isZero();
    }

    @Test
    void neverOverwritesAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("vm.yaml"), "mine");
        Run run = Run.of("init", folder.toString());
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains(file + ": already exists; not overwritten");
        assertThat(file).content().isEqualTo("mine");
    }
}
