package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
    @TempDir
    private Path runtime;

    @BeforeEach
    void machines() throws IOException {
        StateFile.running(runtime, "web");
        StateFile.running(runtime, "worker");
        StateFile.ended(runtime, "job", 0, "");
    }

    private String answer(String... words) {
        String[] all =
                Stream.concat(Stream.of(Completion.WORD), Stream.of(words)).toArray(String[]::new);
        Run run = Run.with(Map.of("XDG_RUNTIME_DIR", runtime.toString()), all);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    /** The candidates, without what is said about them. */
    private List<String> values(String... words) {
        return answer(words).lines().map(line -> line.split("\t", 2)[0]).toList();
    }

    @Test
    void knowsCommandsWithWhatTheyAreFor() {
        assertThat(answer("gr")).isEqualTo("graph\tShow the machine that up would build from a spec\n");
        assertThat(values("")).contains("up", "prune", "version");
        assertThat(values("--ver")).containsExactly("--version");
        assertThat(values("nonsense", "")).isEmpty();
    }

    @Test
    void knowsOptionsAndTheirValues() {
        assertThat(values("up", "--memo")).containsExactly("--memory");
        assertThat(values("graph", "--provenan")).isEmpty();
        assertThat(values("graph", "--format", "")).containsExactly("dot", "json", "svg", "table");
        assertThat(values("graph", "x.yaml", "--format=js")).containsExactly("--format=json");
        assertThat(values("up", "--balloon=")).containsExactly("--balloon=false", "--balloon=true");
        assertThat(values("up", "--restart", "on")).containsExactly("on-crash");
        assertThat(values("ps", "-")).contains("-a", "--all");
    }

    @Test
    void knowsTheMachinesThatACommandCanBeFor() {
        assertThat(answer("status", "w")).isEqualTo("web\trunning\nworker\trunning\n");
        assertThat(values("status", "web", "")).containsExactly("worker");
        assertThat(values("rm", "")).containsExactly("job");
        assertThat(values("logs", "")).containsExactly("job", "web", "worker");
        assertThat(values("balloon", "--size", "1GiB", "wo")).containsExactly("worker");
        assertThat(values("status", "x.ya")).as("it may be the file of a spec").containsExactly(":files");
    }

    @Test
    void knowsTheDisksOfAMachine() {
        assertThat(values("disk", "")).containsExactly("clone", "create", "info", "limit", "resize", "snapshot");
        assertThat(values("disk", "resize", "web", "")).containsExactly("data", "root");
        assertThat(values("disk", "resize", "")).containsExactly("data", "root", "web", "worker");
        assertThat(values("disk", "resize", "web", "data", "")).isEmpty();
    }

    @Test
    void sendsTheShellToFilesWhereTheyAreWanted() {
        assertThat(values("up", "")).containsExactly(":files");
        assertThat(values("up", "--initrd", "")).containsExactly(":files");
        assertThat(values("up", "--disk", "")).containsExactly(":files");
        assertThat(values("run", "--rwdisk", "x")).containsExactly(":files");
        assertThat(values("up", "--memory", "")).isEmpty();
    }

    @Test
    void staysSilentWhenSomethingIsWrong() {
        Run run = Run.with(Map.of("XDG_RUNTIME_DIR", "/dev/null"), Completion.WORD, "status", "");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEmpty();
    }

    @Test
    void hasAScriptForEachShellThatItNames() {
        for (String shell : List.of("bash", "zsh", "fish")) {
            assertThat(Run.of("completion", shell).out()).contains("made by: crosvm completion " + shell);
        }
        Run run = Run.of("completion", "csh");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("bash, zsh, fish");
    }
}
