package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines in processes that {@code crosvm serve} has prepared, started as people start them. */
class ServeProgramIT {
    /** {@code shows TEXT NUMBER}: waits until the server has said that so often. */
    private static final String SERVE = """
            : >serve.log; $crosvm serve --prepared-devices 0 2>>serve.log </dev/null & server=$!
            shows() {
                i=0
                until [ "$(grep -c "$1" serve.log)" -ge "$2" ]; do
                    sleep 0.1; i=$((i + 1)); [ $i -lt 3000 ] || { echo "not $1"; cat serve.log; exit 99; }
                done
            }
            until_true() { i=0; until "$@"; do sleep 0.1; i=$((i + 1)); [ $i -lt 3000 ] || { echo "not: $*"; exit 98; }; done; }
            shows 'is prepared' 1
            export CROSVM_SERVE_WAIT=60000
            """;

    /** A process that is just being prepared hears that the server has gone only when its guest has. */
    private static final String END = """
            kill $server
            i=0
            while pgrep -f "PreparedMain .*$(pwd -P)/crosvm-prepared" >pids && [ $i -lt 600 ]; do
                sleep 0.1; i=$((i + 1))
            done
            """;

    private static final String IDLE = """
            WORD=hidden MEMORY=32MiB $crosvm up idle.yaml >console 2>&1 & client=$!
            until_true grep -q Hello console
            machine=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' crosvm/idle/state.json)
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void writesSpecs() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "no KVM");
        Files.createDirectory(folder.resolve("work"));
        Files.writeString(
                folder.resolve("work/hello.yaml"), "kernel: {builtin: hello}\nmemory: ${MEMORY}\nsandbox: false\n");
        Files.writeString(
                folder.resolve("idle.yaml"),
                "name: idle\nkernel: {builtin: idle}\nmemory: ${MEMORY}\nsandbox: false\n");
    }

    private String script(String script) throws Exception {
        Program.Result result = Program.script(folder, Map.of(), SERVE + script + "\n" + END);
        return result.out() + result.err();
    }

    @Test
    void runsAMachineInAPreparedProcessAndAnotherOneIsPrepared() throws Exception {
        assertThat(script("""
                        cd work
                        MEMORY=48MiB $crosvm up hello.yaml </dev/null; echo "status $?"
                        cd ..
                        shows 'has been taken' 1
                        shows 'is prepared' 2
                        $crosvm up work/none.yaml; echo "status $?"
                        shows 'has been taken' 2
                        grep -v -e 'is prepared$' -e 'has been taken$' serve.log; echo "no more"
                        kill $server
                        until_true [ ! -e crosvm-prepared/socket ]; echo removed
                        """))
                .containsSubsequence(
                        "Hello from a guest",
                        "Memory: 48 MiB",
                        "Goodbye.",
                        "status 0",
                        "status 2\nno more\n",
                        "removed")
                .contains("work/none.yaml");
    }

    @Test
    void theMachineHasWhatItsCallerHas() throws Exception {
        String output = script("umask 027; ulimit -n 777; ulimit -c 0\n" + IDLE + """
                shows 'has been taken' 1
                [ $machine != $client ] && echo apart
                echo $(grep Umask /proc/$machine/status) $(grep 'open files' /proc/$machine/limits)
                [ "$(readlink /proc/$machine/cwd)" = "$(pwd -P)" ] && echo here
                grep -c hidden /proc/$machine/environ /proc/$client/environ
                kill -TERM $client; wait $client; echo "status $?"
                $crosvm ps -q
                [ -e /proc/$machine ] || echo gone
                """);
        assertThat(output)
                .contains("apart\nUmask: 0027 Max open files 777 777 files\nhere\n")
                .containsPattern("/proc/[0-9]+/environ:0\n/proc/[0-9]+/environ:0\nstatus 143\ngone\n");
    }

    @Test
    void theMachineEndsWhenItsCallerIsKilled() throws Exception {
        assertThat(script(IDLE + """
                        shows 'has been taken' 1
                        kill -9 $client; wait $client; echo "status $?"
                        until_true [ ! -e /proc/$machine ]
                        $crosvm ps -aq; echo end
                        """)).contains("status 137\nend\n");
    }

    @Test
    void machinesGoOnWhenTheServerIsKilledAndNothingIsLeftOfIt() throws Exception {
        assertThat(script(IDLE + """
                        shows 'is prepared' 2
                        waiting=$(sed -n 's/.*process \\([0-9]*\\) is prepared/\\1/p' serve.log | tail -n 1)
                        kill -9 $server
                        until_true [ ! -e /proc/$waiting ]
                        $crosvm ps -q
                        MEMORY=40MiB $crosvm up work/hello.yaml </dev/null; echo "status $?"
                        ls crosvm-prepared
                        kill -TERM $client; wait $client; echo "status $?"
                        """))
                .containsSubsequence("idle\n", "Memory: 40 MiB", "status 0\nsocket\n", "status 143\n");
    }

    @Test
    void aCallerThatTakesItsTimeOrStandsElsewhereIsServedOtherwise() throws Exception {
        assertThat(script("""
                        export MEMORY=32MiB
                        python3 -c 'import socket, time
                        for text in b"", b"\\0\\0\\0\\x04\\0\\0\\0\\0", b"\\x7f\\xff\\xff\\xff":
                            s = socket.socket(socket.AF_UNIX); s.connect("crosvm-prepared/socket")
                            s.sendall(text)
                        held = socket.socket(socket.AF_UNIX); held.connect("crosvm-prepared/socket")
                        time.sleep(300)' 2>/dev/null & slow=$!
                        nice -n 3 $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        CROSVM_JAVA_OPTS=-Dx=y $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        CROSVM_SERVE=0 $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        TZ=Asia/Tokyo $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        grep -c 'has been taken' serve.log
                        $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        shows 'has been taken' 1; grep -c 'has been taken' serve.log
                        kill $slow
                        """)).contains("1\n1\n1\n1\n0\n1\n1\n");
    }

    /** Not with a prepared process's options, which would have it compile all day. */
    @Test
    void aMachineInTheBackgroundHasTheOptionsOfAnyOther() throws Exception {
        assertThat(script("""
                        MEMORY=32MiB $crosvm up -d idle.yaml; echo "status $?"
                        shows 'has been taken' 1
                        machine=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' crosvm/idle/state.json)
                        tr '\\0' '\\n' </proc/$machine/cmdline | grep -c -e '^-XX:CompileThresholdScaling=5$' -e add-opens -e prepared=1
                        $crosvm down idle
                        """)).contains("status 0\n1\n");
    }

    @Test
    void aSecondServerSaysWhichOneIsThere() throws Exception {
        assertThat(script("""
                        $crosvm serve; echo "status $?"
                        MEMORY=32MiB $crosvm up work/hello.yaml </dev/null | grep -c Hello
                        shows 'has been taken' 1
                        """))
                .containsPattern("crosvm-prepared/socket: crosvm serve is already running as process [0-9]+\\. Stop it"
                        + " first \\(kill [0-9]+\\)")
                .containsSubsequence("status 1\n", "1\n");
    }

    /** Which program and Java would start it, the server's launcher and the caller's hand-over find out each by itself. */
    @Test
    void isServedHoweverTheProgramAndItsJavaAreNamed() throws Exception {
        assertThat(script("""
                        export MEMORY=32MiB
                        (ulimit -n 63; $crosvm up work/hello.yaml) </dev/null 2>&1
                        ln -s "$(dirname "$(dirname "$crosvm")")" tree; ln -s tree/bin/crosvm link
                        ./link up work/hello.yaml </dev/null | grep -c Hello
                        shows 'has been taken' 1; shows 'is prepared' 2
                        cd work; sh ../tree/bin/crosvm up hello.yaml </dev/null | grep -c Hello; cd ..
                        shows 'has been taken' 2; echo both
                        """)).containsSubsequence("open files (ulimit -n): the limit is 63", "1\n1\nboth\n");
    }

    @Test
    void aSignalFromTheTerminalRestoresIt() throws Exception {
        Files.writeString(folder.resolve("terminal.py"), """
                import os, pty, select, sys, termios, time
                master, slave = pty.openpty()
                before = termios.tcgetattr(slave)
                pid, said, status = os.fork(), b'', None
                if pid == 0:
                    os.setsid()
                    for fd in (0, 1, 2): os.dup2(slave, fd)
                    os.execv(sys.argv[1], [sys.argv[1], 'up', 'idle.yaml'])
                deadline = time.time() + 100
                while time.time() < deadline and (termios.tcgetattr(slave)[3] & termios.ISIG or b'Hello' not in said):
                    if select.select([master], [], [], 0.1)[0]: said += os.read(master, 65536)
                raw = termios.tcgetattr(slave) != before
                os.kill(pid, 1)
                while status is None and time.time() < deadline:
                    if select.select([master], [], [], 0.1)[0]: said += os.read(master, 65536)
                    done, how = os.waitpid(pid, os.WNOHANG)
                    if done: status = os.waitstatus_to_exitcode(how)
                print('raw', raw, 'restored', termios.tcgetattr(slave) == before, 'status', status, said)
                """);
        assertThat(script("MEMORY=32MiB python3 terminal.py $crosvm\nshows 'has been taken' 1\n"))
                .contains("raw True restored True status 129 ");
    }
}
