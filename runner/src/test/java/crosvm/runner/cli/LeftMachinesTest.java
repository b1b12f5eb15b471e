package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is to be seen of machines that have ended, and how it is removed. */
class LeftMachinesTest {
    @TempDir
    private Path runtime;

    private Path web;
    private Path job;
    private Path gone;

    @BeforeEach
    void leavesThree() throws IOException {
        web = StateFile.running(runtime, "web");
        job = StateFile.ended(runtime, "job", 33, "the guest crashed\\nrip 0");
        gone = StateFile.died(runtime, "gone");
    }

    private Run run(String command) {
        return Run.with(Map.of("XDG_RUNTIME_DIR", runtime.toString()), command.split(" "));
    }

    @Test
    void removesWhatAMachineHasLeft() throws IOException {
        Files.writeString(job.resolve("console.log"), "x");
        Run run = run("rm job gone");
        assertThat(run.out()).isEqualTo("job: removed\ngone: removed\n");
        assertThat(run.status()).isZero();
        assertThat(job).doesNotExist();
        assertThat(gone).doesNotExist();
        assertThat(web).exists();
    }

    @Test
    void neverRemovesWhatIsInUseOrUnknown() throws IOException {
        Run run = run("rm web nobody job");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("web: is running; nothing was removed. End it first: crosvm down --rm web")
                .contains("nobody: no machine of that name has run. crosvm ps -a lists the machines in " + runtime);
        assertThat(web.resolve("state.json")).exists();
        assertThat(job).as("the others are removed all the same").doesNotExist();
    }

    @Test
    void keepsAFolderWithFilesOfOthers() throws IOException {
        Path other = Files.createDirectory(job.resolve("mine"));
        Files.writeString(other.resolve("file"), "x");
        Run run = run("rm job");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains(other + ": is not crosvm's; nothing was removed");
        assertThat(other.resolve("file")).exists();
        assertThat(job.resolve("state.json")).exists();
    }

    @Test
    void prunesAllThatHasEndedAndHalfOfAFolderToo() throws IOException {
        Path half = Files.createDirectory(runtime.resolve("crosvm/half"));
        Files.writeString(half.resolve("lock"), "");
        Path strange = Files.createDirectory(runtime.resolve("crosvm/strange"));
        assertThat(run("prune --dry-run").out()).isEqualTo("gone\nhalf\njob\n");
        assertThat(job).exists();
        Run run = run("prune --format json");
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(3).allMatch(line -> line.contains("\"removed\":true"));
        assertThat(run("ps -a -q").out()).isEqualTo("web\n");
        assertThat(half).doesNotExist();
        assertThat(strange).exists();
        assertThat(run("prune").out()).isEqualTo("nothing to remove\n");
    }

    /** Another process has the name: it is just being started, and has not written its state yet. */
    @Test
    void leavesAMachineAloneThatIsJustBeingStarted() throws IOException {
        Path starting = Files.createDirectory(runtime.resolve("crosvm/starting"));
        Path lock = Files.writeString(starting.resolve("lock"), "");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            assertThat(channel.tryLock()).isNotNull();
            Run run = run("prune");
            assertThat(run.out()).isEqualTo("gone: removed\njob: removed\n");
            assertThat(run.status()).isZero();
            assertThat(lock).exists();
        }
    }

    @Test
    void listsWhenAndWhyMachinesEndedAndHowOftenTheyWereRestarted() {
        assertThat(run("ps").out()).contains("web").doesNotContain("job", "RESTARTS");
        String all = run("ps -a").out();
        assertThat(all)
                .containsPattern("SPEC +RESTARTS +ENDED +CAUSE\n")
                .containsPattern(
                        "job +ended \\(33\\) .* 2 +20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +the guest crashed\n")
                .containsPattern("gone +died .* 0 +- +its process died")
                .containsPattern("web +.* 0 +- +-\n")
                .doesNotContain("rip 0");
        assertThat(run("ps -a --format json").out())
                .containsPattern("\"ended\": \"20.*Z\"")
                .contains("\"restarts\": 2", "\"cause\": \"the guest crashed\\nrip 0\"");
    }

    @Test
    void saysTheSameOfAMachineThatIsNotRunningInEveryCommand() {
        for (String command :
                new String[] {"status", "stats", "suspend", "resume", "powerbtn", "balloon", "console", "disk resize"
                }) {
            String rest = command.startsWith("disk") ? " data 20GiB" : "";
            Run ended = run(command + " job" + rest);
            assertThat(ended.err())
                    .as(command)
                    .matches("crosvm: job: is not running; it ended 5m \\d+s ago: the guest crashed\n");
            assertThat(ended.status()).as(command).isEqualTo(1);
        }
        for (String command : new String[] {
            "status",
            "stats",
            "suspend",
            "resume",
            "powerbtn",
            "balloon",
            "console",
            "stop",
            "down",
            "logs",
            "wait",
            "rm",
            "restart"
        }) {
            Run unknown = run(command + " nobody");
            assertThat(unknown.err())
                    .as(command)
                    .isEqualTo("crosvm: nobody: no machine of that name has run. crosvm ps -a lists the machines in "
                            + runtime + "/crosvm\n");
            assertThat(unknown.status()).as(command).isEqualTo(1);
        }
        for (String command : new String[] {"stop", "down"}) {
            Run ended = run(command + " job");
            assertThat(ended.err()).as(command).startsWith("crosvm: job: is not running; it ended 5m");
            assertThat(ended.status()).as(command).isZero();
        }
    }

    @Test
    void waitsForSeveralMachinesAndTellsEach() {
        Run run = run("wait --format json job gone");
        assertThat(run.status()).isEqualTo(33);
        assertThat(run.out().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("{\"name\":\"job\",\"status\":33,\"cause\":\"the guest crashed"),
                        line -> assertThat(line)
                                .startsWith("{\"name\":\"gone\",\"status\":1,\"cause\":\"its process died"));
        assertThat(run("down --rm --format json job").out())
                .startsWith("{\"name\":\"job\",\"wasRunning\":false,\"status\":33,")
                .endsWith("\"removed\":true}\n");
        assertThat(job).doesNotExist();
    }
}
