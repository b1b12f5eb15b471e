package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code up} finds between specs before it starts any. */
class UpTogetherTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void writesSpecs() throws IOException {
        spec("a", "networks: [{user: true, forward: ['8080:80']}]\n");
        spec("b", "networks: [{user: true, forward: ['8080:81']}]\n");
    }

    private void spec(String name, String more) throws IOException {
        Files.writeString(
                folder.resolve(name + ".vm.yaml"),
                "name: " + name + "\nkernel: {builtin: hello}\nmemory: 32MiB\n" + more);
    }

    private Run up(String... words) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", folder.toString()), words);
    }

    @Test
    void startsNoneOfTheSpecsOfAFolderThatCannotRunBesideEachOther() {
        Run run = up("up", "-d", folder.toString());
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err())
                .contains("crosvm: b (" + folder
                        + "/b.vm.yaml): cannot run beside the other machines; nothing was started")
                .contains("b.vm.yaml:4:", "error: ", "8080", "a.vm.yaml:4:", "fleet-port");
        assertThat(folder.resolve("crosvm"))
                .as("where a machine's state would be")
                .doesNotExist();
    }

    @Test
    void takesAFileThatIsNamedTwiceOnce() {
        Run run = up("up", "--check", "-d", folder + "/a.vm.yaml", folder.toString() + "/a.vm.yaml");
        assertThat(run.err()).doesNotContain("beside");
    }

    @Test
    void leavesOutWhatACommentIgnores() throws IOException {
        spec("b", "networks: [{user: true, forward: ['8080:81']}] # crosvm-lint: ignore=fleet-port never both\n");
        assertThat(up("up", "--check", "-d", folder.toString()).err()).doesNotContain("beside the other machines");
    }

    @Test
    void saysThatJsonIsForMachinesInTheBackground() {
        Run run = up("up", "--format", "json", folder + "/a.vm.yaml");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--format needs -d");
    }

    @Test
    void refusesOptionsThatDoNothingWithoutAnother() {
        String spec = folder + "/a.vm.yaml";
        for (String option : List.of("--recreate", "--remove-orphans", "--wait=x")) {
            Run run = up("up", option, spec);
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err()).contains(option.replace("=x", "") + " needs -d");
        }
        assertThat(up("up", "-d", "--wait-timeout", "5s", spec).err()).contains("--wait-timeout needs --wait");
        assertThat(up("restart", "--wait-timeout", "5s", "a").err()).contains("--wait-timeout needs --wait");
    }

    @Test
    void namesASpecThatDoesNotExistBeforeItAsksForTheBackground() {
        Run run = up("up", folder + "/a.vm.yaml", "nosuch");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("nosuch: error: no such file");
    }
}
