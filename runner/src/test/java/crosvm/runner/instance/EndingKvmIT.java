package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How machines end that are not asked nicely, with a guest that hears nothing. */
class EndingKvmIT {
    /** On a pty of its own; says what the terminal was before and after, what came, and the status. */
    private static final String ON_A_TERMINAL = """
            import os, pty, select, signal, sys, termios, time
            crosvm, command, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
            master, slave = pty.openpty()
            before = termios.tcgetattr(slave)
            pid = os.fork()
            if pid == 0:
                os.setsid()
                for fd in (0, 1, 2): os.dup2(slave, fd)
                os.execv(crosvm, [crosvm] + command.split())
            said = b''
            deadline = time.time() + 50
            while time.time() < deadline and (termios.tcgetattr(slave)[3] & termios.ISIG or b'R' not in said):
                if select.select([master], [], [], 0.1)[0]: said += os.read(master, 65536)
            raw = termios.tcgetattr(slave) != before
            os.kill(pid, number)
            status = None
            while status is None and time.time() < deadline:
                if select.select([master], [], [], 0.1)[0]: said += os.read(master, 65536)
                done, how = os.waitpid(pid, os.WNOHANG)
                if done: status = os.waitstatus_to_exitcode(how)
            if status is None: os.kill(pid, 9)
            print('raw', raw, 'restored', termios.tcgetattr(slave) == before, 'status', status, 'said', said)
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void writesASpec() throws IOException {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("spin.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Files.writeString(
                folder.resolve("spin.yaml"), "name: spin\nkernel: spin.kernel\nmemory: 32MiB\nsandbox: false\n");
    }

    private String script(String script, String... arguments) throws Exception {
        return ShellScript.output(folder, script, arguments);
    }

    @ParameterizedTest
    @CsvSource({
        "SIGHUP, 1",
        "SIGINT, 2",
        "SIGQUIT, 3",
        "SIGABRT, 6",
        "SIGUSR1, 10",
        "SIGALRM, 14",
        "SIGTERM, 15",
        "SIGVTALRM, 26",
        "SIGPWR, 30",
        "SIGRTMIN, 34"
    })
    void everySignalEndsAMachineOnATerminalAndRestoresIt(String name, int number) throws Exception {
        String output = script(
                "exec /usr/bin/python3 -c \"$1\" \"$0\" 'up spin.yaml' \"$2\"", ON_A_TERMINAL, String.valueOf(number));
        assertThat(output).as(name).contains("raw True restored True status " + (128 + number) + " ");
        assertThat(output).doesNotContain("Full thread dump");
    }

    @Test
    void theConsoleCommandRestoresTheTerminalToo() throws Exception {
        String output = script(
                "\"$0\" up -d spin.yaml; /usr/bin/python3 -c \"$1\" \"$0\" 'console spin' 3; \"$0\" stop spin",
                ON_A_TERMINAL);
        assertThat(output)
                .contains("raw True restored True status 131 ")
                .contains("crosvm: spin: attached; Ctrl-A x detaches, Ctrl-A h lists the keys")
                .doesNotContain("Full thread dump");
    }

    @Test
    void aSignalThatWasIgnoredBeforeStaysIgnored() throws Exception {
        String output = script("trap '' HUP; \"$0\" up spin.yaml >console & pid=$!;"
                + " until grep -qs R console; do sleep 0.1; done;"
                + " kill -HUP $pid; sleep 1; \"$0\" ps -q; kill -TERM $pid; wait $pid; echo status $?");
        assertThat(output).isEqualTo("spin\nstatus 143\n");
    }

    @Test
    void aSignalIsTheStatusOfAMachineInTheBackground() throws Exception {
        String output = script("\"$0\" up -d spin.yaml; pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'"
                + " crosvm/spin/state.json); \"$0\" wait spin & kill -TERM $pid; wait $!; echo status $?;"
                + " \"$0\" wait spin; echo status $?; \"$0\" ps -a");
        assertThat(output).containsSubsequence("status 143", "ended by SIGTERM", "status 143", "ended (143)");
    }

    /** It takes its state with it, so whoever takes it down has to be told while it ends. */
    @Test
    void aMachineInTheForegroundIsHeardWhenItIsTakenDown() throws Exception {
        Files.writeString(folder.resolve("idle.yaml"), "name: idle\nkernel: {builtin: idle}\n");
        String output = script("for i in 1 2 3 4 5; do \"$0\" up idle.yaml >console & pid=$!;"
                + " until \"$0\" ps -q | grep -q idle; do sleep 0.1; done;"
                + " \"$0\" down --format json idle; wait $pid; echo up $?; done 2>&1");
        assertThat(output.replaceAll(" {2,}", " "))
                .isEqualTo("{\"name\":\"idle\",\"wasRunning\":true,\"status\":0,"
                        .concat("\"cause\":\"the guest powered off\",\"removed\":false}\nup 0\n")
                        .repeat(5));
    }

    @Test
    void aMachineThatHadToBeForcedOffSaysSo() throws Exception {
        String output = script("\"$0\" up -d spin.yaml; \"$0\" down --timeout 1s spin; echo down $?;"
                + " \"$0\" wait spin; echo wait $?; \"$0\" ps -a; \"$0\" down spin; echo again $?");
        assertThat(output)
                .containsSubsequence(
                        "crosvm: spin: forced off: the guest did not shut down within 1 s\ndown 35\n",
                        "forced off",
                        "wait 35",
                        "ended (35)",
                        "crosvm: spin: is not running; it ended ",
                        "again 0");
        String wanted = script("\"$0\" up -d spin.yaml; \"$0\" down --timeout 0 spin; echo down $?");
        assertThat(wanted).endsWith("\ndown 0\n");
    }

    @Test
    void downRefusesWhatIsNoMachineAndTakesAFolderAsUpDoes() throws Exception {
        assertThat(script("\"$0\" down nosuch; echo status $?"))
                .contains("crosvm: nosuch: ")
                .endsWith("status 1\n");
        String output = script(
                "mkdir specs; cp spin.kernel specs; sed 's/name: spin/name: one/' spin.yaml >specs/one.yaml;"
                        + " sed 's/name: spin/name: two/' spin.yaml >specs/two.yaml;"
                        + " \"$0\" up -d specs; \"$0\" ps -q; \"$0\" down --timeout 0 specs; echo status $?; \"$0\" ps -q");
        assertThat(output)
                .containsSubsequence("one: running", "two: running", "one\ntwo\n")
                .endsWith("status 0\n");
    }

    @Test
    void restartLeavesAMachineAloneThatCouldNotBeStartedAgain() throws Exception {
        Files.writeString(folder.resolve("not-a-kernel"), "text");
        Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
        Files.writeString(
                folder.resolve("spin.yaml"),
                "disks: [{path: disk.img, readOnly: false}]\n",
                java.nio.file.StandardOpenOption.APPEND);
        String output = script("\"$0\" up -d spin.yaml; cp spin.yaml good.yaml; cp crosvm/spin/state.json before;"
                + " \"$0\" restart --wait '(' spin; echo regex $?;"
                + " sed -i s/spin.kernel/missing/ spin.yaml; \"$0\" restart spin; echo missing $?;"
                + " sed s/spin.kernel/not-a-kernel/ good.yaml >spin.yaml; \"$0\" restart spin; echo text $?;"
                + " cmp before crosvm/spin/state.json && echo same;"
                + " cp good.yaml spin.yaml; \"$0\" restart --timeout 0 spin; echo good $?; \"$0\" stop spin");
        assertThat(output)
                .containsSubsequence(
                        "regex 2",
                        "missing: does not exist",
                        "is left as it is",
                        "missing 1",
                        "not-a-kernel",
                        "is left as it is",
                        "text 1",
                        "same",
                        "spin: running",
                        "good 0");
    }

    @Test
    void upRecreatesAMachineWithItsNewFlagsAndAdvisesThat() throws Exception {
        String output = script("\"$0\" up -d spin.yaml; \"$0\" up -d spin.yaml --memory 48MiB; echo differs $?;"
                + " \"$0\" up -d --recreate spin.yaml --kernel missing; echo missing $?; \"$0\" ps -q;"
                + " "
                + " \"$0\" up -d --recreate spin.yaml --memory 48MiB; echo recreated $?; \"$0\" ps; \"$0\" stop spin");
        assertThat(output)
                .containsSubsequence(
                        "memory: 32MiB -> 48MiB",
                        "To apply the changes: crosvm up -d --recreate spin.yaml --memory=48MiB",
                        "differs 1",
                        "missing 1",
                        "\nspin\n",
                        "spin: running",
                        "48MiB");
    }

    @Test
    void neverRunsASecondMachineBesideOneWhoseStateFolderWasRemoved() throws Exception {
        String output =
                script("\"$0\" up -d spin.yaml; pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' crosvm/spin/state.json);"
                        + " rm -rf crosvm; \"$0\" up -d spin.yaml; echo second $?; ls crosvm;"
                        + " kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.1; done;"
                        + " \"$0\" up -d spin.yaml; echo third $?; \"$0\" stop spin");
        assertThat(output)
                .containsSubsequence(
                        "spin: running, pid",
                        "spin: still runs as process ",
                        "second 1\nspin: running, pid",
                        "third 0");
    }
}
