package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which machines a command is for, against one that only listens. The tests' folder is the module's, which has no vm.yaml. */
@Timeout(60)
class MachineArgumentTest {
    @TempDir
    private Path runtime;

    private FakeMachine web;

    @BeforeEach
    void listens() throws IOException {
        web = new FakeMachine(StateFile.running(runtime, "web").resolve("control.sock"));
    }

    @AfterEach
    void closes() {
        web.close();
    }

    private Run run(String... words) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", runtime.toString()), words);
    }

    @Test
    void isTheOnlyMachineThatIsRunningWhenNoneIsNamed() throws IOException {
        StateFile.ended(runtime, "job", 0, "the guest powered off");
        assertThat(run("suspend").status()).isZero();
        assertThat(run("balloon").out()).isEqualTo("128MiB, of which the guest has given 64MiB\n");
        assertThat(run("disk", "resize", "data", "20GiB").out()).isEqualTo("data: 16GiB -> 20GiB\n");
        assertThat(web.asked())
                .containsExactly("suspend", "balloon null null", "status", "disk-resize data 21474836480");
    }

    @Test
    void isCalledByItsNameWhateverWordNamedIt(@TempDir Path specs) throws IOException {
        String file = Files.writeString(specs.resolve("web.yaml"), "name: web\nkernel: {builtin: idle}\n")
                .toString();
        assertThat(run("balloon", "--format", "json", file).out()).contains("\"name\": \"web\"");
        assertThat(run("disk", "resize", file, "data", "1GiB").err()).startsWith("crosvm: web: disk data has 16GiB");
    }

    @Test
    void isNamedWhereThereAreSeveral() throws IOException {
        StateFile.running(runtime, "db");
        Run run = run("suspend");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("MACHINE is missing, and there are several: db, web");
        assertThat(web.asked()).isEmpty();
    }

    @Test
    void isTheOnlyOneThatHasLeftALogWhereNoneIsRunning(@TempDir Path other) throws IOException {
        StateFile.ended(other, "job", 0, "");
        Run run = Run.with(Map.of("XDG_RUNTIME_DIR", other.toString()), "wait", "--format", "json");
        assertThat(run.out()).startsWith("{\"name\":\"job\"");
        Run none = Run.with(Map.of("XDG_RUNTIME_DIR", other.toString()), "status");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("no machine is running, and the current folder has no vm.yaml");
    }

    @Test
    void canBeSeveralForWhatOneCanBeAskedFor() {
        Run status = run("status", "web", "web", runtime + "/crosvm/web/control.sock");
        assertThat(status.out()).as("each once, under each of its names").containsSubsequence("web", "\n\nname", "web");
        Run json = run("status", "--format", "json", "web", "nobody");
        assertThat(json.status()).isEqualTo(1);
        assertThat(json.out()).contains("\"uptime\": 75.5");
        assertThat(run("stats", "web", "db", "--watch").err()).contains("--watch shows one machine");
    }

    @Test
    void canBeTheFolderOfItsSpecOrOfSeveral(@TempDir Path specs) throws IOException {
        Path one = Files.createDirectory(specs.resolve("one"));
        Files.writeString(one.resolve("web.vm.yaml"), "name: web\nkernel: {builtin: hello}\n");
        assertThat(run("suspend", one.toString()).status()).isZero();
        assertThat(run("config", "--hash", one.toString()).status()).isZero();
        Files.writeString(one.resolve("db.vm.yaml"), "name: db\nkernel: {builtin: hello}\n");
        Run several = run("suspend", one.toString());
        assertThat(several.err())
                .isEqualTo("crosvm: db: no machine of that name has run. crosvm ps -a lists the machines in " + runtime
                        + "/crosvm\n");
        assertThat(web.asked()).containsExactly("suspend", "suspend");
        for (String command : new String[] {"config", "graph", "console"}) {
            Run run = run(command, one.toString());
            assertThat(run.err()).as(command).contains("contains several specs; name one of them:", "db.vm.yaml");
        }
    }

    @Test
    void isTakenForAMachineAndNotForAFolderOfThatName() throws IOException {
        Path folder = Path.of("web");
        assertThat(folder).doesNotExist();
        Files.createDirectory(folder);
        try {
            assertThat(run("suspend", "web").status()).isZero();
        } finally {
            Files.delete(folder);
        }
    }

    @Test
    void answersInJsonWhereverThereIsOutput() {
        assertThat(run("balloon", "--format", "json").out())
                .contains("\"name\": \"web\"", "\"target\": 134217728", "\"actual\": 67108864");
        assertThat(run("balloon", "--size", "128MiB", "--format", "json").out()).contains("\"target\": 134217728");
        assertThat(run("balloon", "--stats", "--format", "json").out()).contains("\"freeBytes\": 4096");
        assertThat(run("disk", "resize", "data", "20GiB", "--format", "json").out())
                .isEqualTo("{\"id\":\"data\",\"before\":17179869184,\"size\":21474836480}\n");
    }
}
