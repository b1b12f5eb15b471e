package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in shell scripts as users write them, with real machines; {@code $0} is the program. */
class CommandsKvmIT {
    /** A pty: the command, and then, each once its text has come, what is typed; prints all that came, and the status. */
    private static final String TYPED = """
            import os, pty, select, sys, time
            pid, master = pty.fork()
            if pid == 0: os.execv(sys.argv[1], [sys.argv[1]] + sys.argv[2].split())
            said, steps, end = b'', sys.argv[3:], time.time() + 100
            while time.time() < end:
                if steps and steps[0].encode() in said:
                    os.write(master, steps[1].encode().decode('unicode_escape').encode())
                    steps = steps[2:]
                try:
                    if select.select([master], [], [], 0.1)[0]: said += os.read(master, 65536)
                except OSError: break
            else: os.kill(pid, 9)
            print(said.decode(), 'status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void writesSpecs() throws IOException {
        KvmMachines.assumeKvm();
        Files.write(folder.resolve("spin.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        Files.createDirectory(folder.resolve("machines"));
        spec("spin.yaml", "spin", "spin.kernel");
        spec("machines/a.vm.yaml", "a", "../spin.kernel");
        spec("machines/b.vm.yaml", "b", "../spin.kernel");
    }

    private void spec(String file, String name, String kernel) throws IOException {
        Files.writeString(
                folder.resolve(file), "name: " + name + "\nkernel: " + kernel + "\nmemory: 32MiB\nsandbox: false\n");
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(folder);
    }

    private String script(String script, String... arguments) throws Exception {
        return ShellScript.output(folder, script, arguments);
    }

    /** As systemd does at logout. */
    @Test
    void refusesANameWhoseMachineLivesOnWithoutItsFolder() throws Exception {
        String output = script(
                "\"$0\" up -d machines/a.vm.yaml; pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' crosvm/a/state.json);"
                        + " rm -r crosvm/a; \"$0\" up machines/a.vm.yaml; echo up $?; \"$0\" up -d machines/a.vm.yaml; echo again $?;"
                        + " ls crosvm; kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.1; done;"
                        + " \"$0\" up -d machines/a.vm.yaml; echo at last $?");
        assertThat(output)
                .containsSubsequence(
                        "a: still runs as process ",
                        "though its state folder ",
                        "End it first: kill ",
                        "\nup 1\n",
                        "a: still runs as process ",
                        "\nagain 1\n",
                        "at last 0\n");
        assertThat(output).containsOnlyOnce("again 1");
        assertThat(output.split("still runs as process ", -1))
                .as("told once by each")
                .hasSize(3);
        assertThat(output.substring(output.indexOf("again 1\n"))).startsWith("again 1\na: running, pid ");
    }

    @Test
    void startsStopsAndRemovesTheMachinesOfAFolderAndTellsProgramsSo() throws Exception {
        String output = script(
                "\"$0\" up -d --format json machines; echo up $?; \"$0\" up -d --format json machines/a.vm.yaml;"
                        + " \"$0\" rm a; echo rm $?;"
                        + " \"$0\" restart --timeout 0 --format json a; echo restart $?; \"$0\" suspend machines; echo suspend $?; \"$0\" ps;"
                        + " \"$0\" down --rm --timeout 0 --format json machines; echo down $?; \"$0\" ps -a -q; ls crosvm");
        assertThat(output)
                .containsSubsequence(
                        "{\"name\":\"a\",\"spec\":\"",
                        "\"status\":0,\"started\":true,\"state\":\"running\",\"pid\":",
                        "{\"name\":\"b\",",
                        "up 0",
                        "is already running",
                        "\"status\":0,\"started\":false,\"state\":\"running\"",
                        "crosvm: a: is running; nothing was removed. End it first: crosvm down --rm a\nrm 1",
                        "\"status\":0,\"started\":true,\"state\":\"running\",\"pid\":",
                        "restart 0",
                        "suspend 0",
                        "suspended",
                        "suspended",
                        "{\"name\":\"a\",\"wasRunning\":true,\"status\":0,\"cause\":\"it was stopped\",\"removed\":true}",
                        "{\"name\":\"b\",\"wasRunning\":true,")
                .endsWith("down 0\n");
    }

    @Test
    void namesTheMachineAndTheSpecThatDidNotStartAmongSeveral() throws Exception {
        Files.writeString(folder.resolve("spin.kernel"), "#!/bin/sh\n");
        Files.write(folder.resolve("machines/good.kernel"), TinyKernel.elf(TinyKernel.SPIN));
        spec("machines/b.vm.yaml", "b", "good.kernel");
        String output =
                script("\"$0\" up -d machines; echo up $?; \"$0\" ps -q; \"$0\" stop; echo stop $?; \"$0\" prune");
        assertThat(output)
                .containsSubsequence(
                        "a: failed, status 1; its spec: ",
                        "machines/a.vm.yaml\n",
                        "b: running",
                        "up 1\nb\nstop 0\nb: removed\n");
    }

    @Test
    void showsWhatCrosvmItselfHasSaidOfAMachineThatEnded() throws Exception {
        String output =
                script("\"$0\" up -d spin.yaml; \"$0\" down --timeout 1s; echo down $?; \"$0\" logs --crosvm -n 1;"
                        + " \"$0\" logs -n 1; echo; \"$0\" rm spin; \"$0\" logs spin");
        assertThat(output)
                .containsSubsequence(
                        "down 35\n",
                        "crosvm: spin: the guest did not shut down within 1 s\n",
                        "R\nspin: removed\n",
                        "crosvm: spin: no machine of that name has run. crosvm ps -a lists the machines in");
    }

    @Test
    void listsTheKeysOfAConsoleAndLeavesTheMachineRunning() throws Exception {
        String output = script(
                "\"$0\" up -d spin.yaml; /usr/bin/python3 -c \"$1\" \"$0\" console 'lists the keys' '\\x01h'"
                        + " 'All other keys' '\\x01x'; \"$0\" ps -q; \"$0\" stop; echo stop $?",
                TYPED);
        assertThat(output)
                .containsSubsequence(
                        "crosvm: spin: attached; Ctrl-A x detaches, Ctrl-A h lists the keys",
                        "Ctrl-A x       detach; the machine keeps running",
                        "detached; the machine is still running",
                        "status 0\nspin\nstop 0");
    }

    @Test
    void saysOnATerminalHowToLeaveAndLeaves() throws Exception {
        String output = script(
                "/usr/bin/python3 -c \"$1\" \"$0\" 'up spin.yaml' 'lists the keys' '\\x01h' 'All other keys' '\\x01x'",
                TYPED);
        assertThat(output)
                .containsSubsequence(
                        "crosvm: Ctrl-A x ends the machine, Ctrl-A h lists the keys",
                        "Ctrl-A x       end the machine and leave",
                        "status 0");
    }
}
