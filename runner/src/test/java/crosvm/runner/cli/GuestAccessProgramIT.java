package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** exec, ssh and cp with a stand-in for OpenSSH, whose guest is this machine's own shell. DebianBootIT has the real ones. */
class GuestAccessProgramIT {
    /** Runs its last argument; or says $SSH_SAYS as ssh does, in the file behind -E, and fails. */
    private static final String SSH = """
            #!/bin/sh
            log=/dev/null
            while [ $# -gt 1 ]; do
              [ "$1" = -E ] && log=$2
              shift
            done
            [ -z "$SSH_SAYS" ] || { echo "$SSH_SAYS" >"$log"; exit 255; }
            [ -z "$SSH_EXECS" ] || exec /bin/sh -c "$1"
            /bin/sh -c "$1"
            status=$?
            [ -n "$SSH_IS_CUT" ] || echo "debug1: Exit status $status" >"$log"
            exit $status
            """;

    @TempDir
    private Path folder;

    private Path state;

    @BeforeEach
    void runsAMachineBesideAnSsh() throws IOException {
        state = StateFile.running(folder, "web");
        Files.writeString(state.resolve("ssh_key"), "");
        Files.writeString(state.resolve("console.log"), "");
        Path ssh =
                Files.writeString(Files.createDirectory(folder.resolve("bin")).resolve("ssh"), SSH);
        Files.setPosixFilePermissions(ssh, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Program.Result script(String script) throws Exception {
        return Program.script(
                folder,
                Map.of("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"), "TMPDIR", folder.toString()),
                "umask 022; " + script);
    }

    @Test
    void handsBackOutputErrorAndStatusOfACommandAndNothingElse() throws Exception {
        Program.Result result = script("""
                echo in | $crosvm exec web -- sh -c 'cat; echo err >&2; exit 3'; echo "status $?"
                $crosvm exec web sh -c 'kill -9 $$'; echo "status $?"
                $crosvm exec web -- printf '%s|' 'a b' '$HOME'; echo "status $?"
                $crosvm ssh web 'echo $((1 + 1)); exit 7'; echo "status $?"
                ls -A bin/.. | grep crosvm-ssh""");
        assertThat(result.out()).isEqualTo("in\nstatus 3\nstatus 137\na b|$HOME|status 0\n2\nstatus 7\n");
        assertThat(result.err()).isEqualTo("err\n");
    }

    @Test
    void tellsWhyThereIsNoSession() throws Exception {
        Files.writeString(state.resolve("console.log"), "2999-01-01T00:00:00.000Z [    5.2] \u001b[1mno sshd here\n");
        Program.Result result = script("""
                export SSH_SAYS='root@crosvm-web: Permission denied (publickey).'
                $crosvm exec web -- true; echo "status $?"
                $crosvm ssh web; echo "status $?"
                $crosvm cp web:x .; echo "status $?"
                unset SSH_SAYS; rm crosvm/web/ssh_key
                $crosvm exec web -- true; echo "status $?"
                $crosvm exec other -- true; echo "status $?\"""");
        assertThat(result.out()).isEqualTo("status 125\nstatus 255\nstatus 1\nstatus 125\nstatus 125\n");
        assertThat(result.err())
                .contains("crosvm: web: the guest refuses the machine's key")
                .contains("The last lines of its console:\n  | [    5.2] no sshd here\n")
                .contains("crosvm: web: has no vsock device; add one to its spec: vsock: auto")
                .contains("crosvm: other: no machine of that name has run");
    }

    @Test
    void tellsAStatusOf255FromASessionThatWasCut() throws Exception {
        Program.Result result = script("$crosvm exec web -- sh -c 'exit 255'; echo \"status $?\"");
        assertThat(result.out()).isEqualTo("status 255\n");
        assertThat(result.err()).isEmpty();
        Program.Result cut = script("export SSH_IS_CUT=1; $crosvm exec web -- sh -c 'exit 255'; echo \"status $?\"");
        assertThat(cut.out()).isEqualTo("status 125\n");
        assertThat(cut.err()).startsWith("crosvm: web: the session has ended, and the guest has not said how\n");
    }

    @Test
    void copiesFoldersBothWaysWithLinksAndModes() throws Exception {
        Program.Result result = script("""
                mkdir -p src/sub 'src/a b' guest back
                head -c 3000000 /dev/urandom >src/sub/big; echo x >src/run; chmod 750 src/run; chmod 700 src/sub
                ln -s ../run src/sub/link; ln -s /nowhere 'src/a b/dangling'
                look() { (cd "$1" && find . -printf '%p %M %l\\n' | sort && cat sub/big | cksum); }
                $crosvm cp src web:$PWD/guest/ && $crosvm cp src/. web:$PWD/guest/new && $crosvm cp src web:$PWD/guest/
                $crosvm cp web:$PWD/guest/src back && $crosvm cp web:$PWD/guest/new/. back/new && $crosvm cp web:$PWD/guest/src back
                for copy in guest/src guest/new back/src back/new; do
                  [ "$(look src)" = "$(look $copy)" ] || { echo "$copy differs"; look src; look $copy; }
                done
                $crosvm cp src/run web:$PWD/guest/as && $crosvm cp web:$PWD/guest/as back/run && cmp src/run back/run
                stat -c %a guest/as back/run
                ls -A back guest; ls -A | grep crosvm-""");
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("750\n750\nback:\nnew\nrun\nsrc\n\nguest:\nas\nnew\nsrc\n");
    }

    @Test
    void leavesNothingHalfWhenACopyFails() throws Exception {
        Program.Result result = script("""
                echo old >kept
                $crosvm cp web:$PWD/nosuch kept; echo "status $?"
                $crosvm cp nosuch web:x; echo "status $?"
                $crosvm cp kept web:$PWD/nodir/x; echo "status $?"
                $crosvm cp web:$PWD/kept nodir/x; echo "status $?"
                $crosvm cp web:$PWD/kept bin; echo "status $?"
                printf '#!/bin/sh\\necho file; head -c 100000 /dev/urandom\\n' >bin/ssh
                $crosvm cp web:x kept; echo "status $?"
                printf '#!/bin/sh\\nyes\\n' >bin/ssh
                $crosvm cp web:x kept; echo "status $?"
                cat kept; ls -A | grep crosvm-; ls -A bin""");
        assertThat(result.out())
                .isEqualTo("status 1\nstatus 1\nstatus 1\nstatus 1\nstatus 0\nstatus 1\nstatus 1\nold\nkept\nssh\n");
        assertThat(result.err())
                .contains("nosuch: no such file or directory", "nodir", "the guest has sent what is not an archive");
    }

    @Test
    void endsItsSessionOnASignal() throws Exception {
        Program.Result result = script("""
                export SSH_EXECS=1
                $crosvm exec web -- sh -c 'echo $$ >pid; exec sleep 300' &
                crosvm=$!
                until [ -s pid ]; do sleep 0.1; done
                kill -TERM $crosvm; wait $crosvm; echo "status $?"
                kill $(cat pid)
                ls -A | grep crosvm-ssh""");
        assertThat(result.out()).isEqualTo("status 143\n");
    }
}
