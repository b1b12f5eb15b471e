package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that talk to a running machine, against one that only listens. */
@Timeout(120)
class ControlCommandsTest {
    @TempDir
    private Path folder;

    private FakeMachine machine;
    private String socket;

    @BeforeEach
    void listens() {
        socket = folder.resolve("m.sock").toString();
        machine = new FakeMachine(folder.resolve("m.sock"));
    }

    @AfterEach
    void closes() {
        machine.close();
    }

    private Run run(String command) {
        return Run.of(command.replace("SOCK", socket).split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "suspend SOCK | suspend",
                "resume SOCK | resume",
                "balloon 1000 SOCK | balloon null 1000",
                "balloon -1000 SOCK | balloon null -1000",
                "balloon SOCK --size 128MiB | balloon 134217728 null",
                "balloon --size=64 SOCK | balloon 67108864 null",
            })
    void asksForWhatWasWantedAndSaysNothing(String command, String asked) {
        Run run = run(command);
        assertThat(run.err() + run.out()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(machine.asked()).containsExactly(asked);
    }

    @Test
    void returnsFromStopWhenTheMachineHasEnded() {
        assertThat(run("stop SOCK").status()).isZero();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void goesOnWithTheOtherMachinesWhenOneIsNotThere() {
        Run run = run("suspend " + folder + "/none.sock SOCK");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("/none.sock: is not running: no machine has its control socket there");
        assertThat(machine.asked()).containsExactly("suspend");
    }

    @Test
    void tellsTheStateOfAMachine() {
        assertThat(run("status SOCK").out()).contains("name       web", "up         1m 15s", "vCPUs      2");
        assertThat(run("status SOCK --format json").out()).contains("\"uptime\": 75.5");
        assertThat(run("status SOCK --registers").out()).contains("\"rip\": \"0x1000\"");
        assertThat(run("balloon SOCK").out()).isEqualTo("128MiB, of which the guest has given 64MiB\n");
        assertThat(run("balloon SOCK --stats").out()).contains("free         4.0KiB\n", "majorFaults  7\n");
    }

    @Test
    void tellsFiguresInATable() {
        assertThat(run("stats SOCK").out()).contains("memory  1.0GiB", "DEVICE  QUEUE");
    }

    @Test
    void tellsFiguresForPrograms() {
        assertThat(run("stats SOCK --format prometheus").out()).isEqualTo("crosvm_x 1\n");
        assertThat(run("stats SOCK --format json").out()).contains("\"memory\": 1073741824");
    }

    @Test
    void watchesUntilTheMachineEnds() {
        Run run = run("stats SOCK --watch --format json");
        assertThat(run.status()).isZero();
        assertThat(run.out()).isEqualTo("{\"memory\":1073741824}\n".repeat(2));
    }

    @Test
    void saysWhenTheGuestCannotHearTheButton() {
        Run run = run("powerbtn SOCK");
        assertThat(run.status()).isZero();
        assertThat(run.err()).contains("is suspended");
    }

    @Test
    void passesOnWhatTheMachineRefuses() {
        Run run = run("disk resize SOCK x 20GiB");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("crosvm: disk x: web has none of that id\n");
        assertThat(machine.asked()).containsExactly("status", "disk-resize x 21474836480");
    }

    @Test
    void tellsHowADiskHasChangedAndNeverShrinksOneUnasked() {
        assertThat(run("disk resize SOCK data 20GiB").out()).isEqualTo("data: 16GiB -> 20GiB\n");
        Run refused = run("disk resize SOCK data 20MiB");
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("disk data has 16GiB; 20MiB would cut off", "--shrink");
        assertThat(machine.asked()).doesNotContain("disk-resize data 20971520");
        assertThat(run("disk resize SOCK data 20MiB --shrink").out()).isEqualTo("data: 16GiB -> 20MiB\n");
        assertThat(machine.asked()).endsWith("disk-resize data 20971520");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "balloon SOCK --size much | is not a size",
                "balloon 99999999999999999999 SOCK | does not fit in 64 bits",
                "balloon 5 SOCK --stats | mutually exclusive",
                "disk resize x | SIZE",
                "disk rezise SOCK x 5 | the actions are resize, limit",
                "disk resize SOCK x 20 | \"20\" has no unit; write 20GiB or 20MiB",
                "disk resize SOCK x 5kb | did you mean 5KiB",
                "stats SOCK --watch --format prometheus | --watch applies to table and json",
                "status SOCK --format xml | not one of text, json",
                "status SOCK --formt json | Did you mean --format?",
            })
    void refusesWrongUsage(String command, String message) {
        Run run = run(command);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(machine.asked()).isEmpty();
    }

    @Test
    void looksForANameInTheRuntimeFolder() {
        Run run = Run.with(java.util.Map.of("XDG_RUNTIME_DIR", folder.toString()), "status", "web");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("crosvm: web: no machine of that name has run. crosvm ps -a lists the machines in " + folder
                        + "/crosvm\n");
    }
}
