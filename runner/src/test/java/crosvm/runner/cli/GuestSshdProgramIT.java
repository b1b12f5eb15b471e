package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** exec and ssh by the real ssh and an sshd in place of the guest's: ssh's ProxyCommand is an sshd that serves it alone. */
class GuestSshdProgramIT {
    private static final String SETUP = """
            set -e
            [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
            mkdir bin
            rm -f crosvm/web/ssh_key
            ssh-keygen -q -t ed25519 -N '' -f host_key
            ssh-keygen -q -t ed25519 -N '' -f crosvm/web/ssh_key
            touch crosvm/web/console.log
            echo 'System is booting up.' >banner
            cat >sshd_config <<X
            HostKey $PWD/host_key
            AuthorizedKeysFile $PWD/crosvm/web/ssh_key.pub
            StrictModes no
            UsePAM no
            PidFile none
            PermitRootLogin yes
            Banner $PWD/banner
            SetEnv HOME=$PWD
            X
            cat >bin/ssh <<X
            #!/bin/sh
            exec /usr/bin/ssh -o ProxyUseFdpass=no -o 'ProxyCommand=$(command -v sshd || echo /usr/sbin/sshd) -i -f $PWD/sshd_config -E $PWD/sshd.log' "\\$@"
            X
            chmod +x bin/ssh""";

    @TempDir
    private Path folder;

    @BeforeEach
    void runsAMachineWithAnSshd() throws Exception {
        StateFile.running(folder, "web");
        Program.Result result = Program.script(folder, SETUP);
        assertThat(result.status()).as(result.err()).isZero();
    }

    private Program.Result script(String script) throws Exception {
        return Program.script(
                folder,
                Map.of(
                        "PATH",
                        folder.resolve("bin") + ":" + System.getenv("PATH"),
                        "TMPDIR",
                        folder.toString(),
                        "ME",
                        System.getProperty("user.name")),
                script);
    }

    @Test
    void keepsTheGuestsBannerOutOfTheCommandsStandardError() throws Exception {
        Program.Result result = script("""
                echo in | $crosvm exec --user "$ME" web -- sh -c 'cat; echo err >&2; exit 3'; echo "status $?"
                $crosvm ssh --user "$ME" web 'echo line; exit 7'; echo "status $?\"""");
        assertThat(result.err()).isEqualTo("err\n");
        assertThat(result.out()).isEqualTo("in\nstatus 3\nline\nstatus 7\n");
    }

    @Test
    void tellsAStatusOf255FromASessionThatIsNotThere() throws Exception {
        Program.Result result = script("""
                $crosvm exec --user "$ME" web -- sh -c 'exit 255'; echo "status $?"
                rm crosvm/web/ssh_key.pub
                $crosvm exec --user "$ME" web -- true; echo "status $?\"""");
        assertThat(result.out()).isEqualTo("status 255\nstatus 125\n");
        assertThat(result.err()).startsWith("crosvm: web: the guest refuses the machine's key");
    }

    /** ssh says that at a level at which it would hand on the guest's banner, too. */
    @Test
    void saysThatTheGuestHasClosedTheConnectionDuringTheLogin() throws Exception {
        Program.Result result = script("""
                cat >greets <<'X'
                #!/bin/sh
                echo SSH-2.0-OpenSSH_9.2
                exec sleep 1
                X
                chmod +x greets
                cat >bin/ssh <<X
                #!/bin/sh
                exec /usr/bin/ssh -o ProxyUseFdpass=no -o 'ProxyCommand=$PWD/greets' "\\$@"
                X
                $crosvm exec web -- true; echo "status $?\"""");
        assertThat(result.out()).isEqualTo("status 125\n");
        assertThat(result.err()).startsWith("crosvm: web: the guest has closed the connection (Connection closed by ");
    }
}
