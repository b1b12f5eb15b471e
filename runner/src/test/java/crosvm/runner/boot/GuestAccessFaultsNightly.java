package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What breaks on the way into a Debian 12 that has started little more than sshd; run as {@link GuestAccessNightly} is. */
class GuestAccessFaultsNightly {
    /** In the guest: {@code serve PORT PROGRAM…} has systemd start the program for each connection to that vsock port. */
    private static final String SERVE = """
            #!/bin/sh
            port=$1
            shift
            mkdir -p /run/systemd/system
            printf '[Unit]\\nDefaultDependencies=no\\n[Socket]\\nListenStream=vsock::%s\\nAccept=yes\\n' $port \\
              >/run/systemd/system/port$port.socket
            printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\nExecStart=-%s\\nStandardInput=socket\\nStandardOutput=socket\\n' \\
              "$*" >/run/systemd/system/port$port@.service
            systemctl daemon-reload && systemctl restart port$port.socket
            """;

    /** Sends a script to a shell behind vsock port 23, which is there without sshd. */
    private static final String DOOR = "door() { $crosvm vsock --timeout 5m web 23; }\n";

    @TempDir
    private Path dir;

    private DebianGuest guest;

    @BeforeAll
    static void mountAnEmptyTemporaryFolder() throws IOException {
        DebianGuest.mountAnEmptyTemporaryFolder();
    }

    @BeforeEach
    void prepare() throws IOException {
        guest = DebianGuest.of(dir, "crosvm.debian12", Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        guest.shell().run("$crosvm logs --crosvm web; $crosvm stop web || true");
    }

    /** For exec's command in this test's folder. */
    private static String exec(String words) {
        return "$crosvm exec --timeout 5m web -- " + words;
    }

    /** Presses Ctrl-C, which a terminal's whole foreground group gets, once a command has got so far. */
    private static String interrupted(String command, String until) {
        return "set -m; " + command + " & pid=$!; " + until + "; kill -INT -- -$pid; wait $pid; echo status $?\n";
    }

    @Test
    void namesTheBrokenLinkAndGoesOnWhenItIsMended() throws Exception {
        guest.spec(DebianGuest.lean(), "vsock: auto\nready: {vsock: 22, within: 30m}\n");
        guest.succeeds("up -d --wait --wait-timeout 30m web.yaml");
        guest.succeeds(
                "cat >serve <<'END'\n" + SERVE + "END\n"
                        + exec(
                                "sh -c 'cat >/run/serve; sh /run/serve 23 /bin/sh; echo told on the console >/dev/console' <serve"));
        refusesAnotherKey();
        readersMayStopOrGoAway();
        endsOnAnInterrupt();
        isSilentFloodsOrBreaksOff();
        nobodyListens();
        isSuspended();
        isStartedAgainOrEndsMeanwhile();
        assertThat(guest.succeeds("$crosvm ps -aq; ls -A /tmp | grep -v -e junit -e hsperfdata || true"))
                .isEqualTo("web\n");
    }

    private void readersMayStopOrGoAway() throws Exception {
        assertThat(guest.succeeds(exec("yes | head -n 1"))).isEqualTo("y\n");
        // One that does not read is no hindrance to others, and can be left.
        String stuck = interrupted(
                "{ mkfifo stuck; exec 9<>stuck; exec " + exec("yes >stuck") + "; }",
                "until [ -p stuck ]; do sleep 1; done; " + exec("echo others"));
        assertThat(guest.succeeds(stuck + "rm stuck")).isEqualTo("others\nstatus 130\n");
    }

    private void endsOnAnInterrupt() throws Exception {
        String session = interrupted(
                exec("sh -c 'echo began; cat; echo >/run/ended' < <(exec sleep 1000) >began"),
                "until [ -s began ]; do sleep 1; done");
        assertThat(guest.succeeds(session + exec("sh -c 'until [ -e /run/ended ]; do sleep 1; done'")
                        + "; echo $?; rm began; ls /tmp | grep -c crosvm-ssh || true"))
                .isEqualTo("status 130\n0\n0\n");
    }

    private void refusesAnotherKey() throws Exception {
        String said = guest.fails(125, """
                key=run/crosvm/web/ssh_key; cp -p $key kept; rm $key; ssh-keygen -q -t ed25519 -N '' -f $key
                $crosvm exec --timeout 5m web -- true; status=$?
                mv kept $key; rm $key.pub; exit $status""");
        assertThat(said)
                .contains(
                        "web: the guest refuses the machine's key",
                        "The last lines of its console:\n  | told on the console");
        guest.succeeds(exec("true"));
    }

    /** The end of exec at a guest with that program instead of sshd. */
    private String instead(String program) throws Exception {
        return guest.fails(
                125,
                DOOR + "door <<'END' && $crosvm exec --timeout 4s web -- true\n"
                        + "systemctl stop sshd-vsock.socket; sh /run/serve 22 " + program + "; echo served\nEND");
    }

    private void isSilentFloodsOrBreaksOff() throws Exception {
        assertThat(instead("/bin/sleep 1000")).contains("accepts connections", "does not answer as sshd does");
        assertThat(guest.succeeds(interrupted(exec("true"), "sleep 20"))).isEqualTo("status 130\n");
        assertThat(instead("/bin/yes")).contains("web: what listens on vsock port 22 in the guest is not sshd");
        assertThat(instead("/bin/sh -c '\"echo SSH-2.0-OpenSSH_9.2; exec sleep 2\"'"))
                .contains("web: the guest has closed the connection");
        assertThat(instead("/bin/sh -c '\"echo SSH-2.0-OpenSSH_9.2; exec sleep 1000\"'"))
                .contains("web: ", "its sshd has fallen silent before the login was done");
    }

    private void nobodyListens() throws Exception {
        String shut = guest.fails(
                125, DOOR + "echo 'systemctl stop port22.socket; echo shut' | door && $crosvm exec web -- true");
        assertThat(shut)
                .contains(
                        "nobody listens on vsock port 22 in the guest within 4s",
                        "The last lines of its console:\n  | told on the console");
        assertThat(guest.succeeds(interrupted(exec("true"), "sleep 20"))).isEqualTo("status 130\n");
        guest.succeeds(DOOR + "echo 'systemctl start sshd-vsock.socket; echo open' | door; " + exec("true"));
    }

    private void isSuspended() throws Exception {
        assertThat(guest.succeeds(
                        "mkfifo go; exec 8<>go\n" + exec("sh -c 'echo began; read go; echo done' <&8 >began & pid=$!\n")
                                + "until [ -s began ]; do sleep 1; done\n"
                                + "$crosvm suspend web; $crosvm exec web -- true; echo status $?\n"
                                + "$crosvm resume web; echo go >&8; wait $pid; echo status $?; cat began; rm began go"))
                .isEqualTo("status 125\nstatus 0\nbegan\ndone\n");
    }

    private void isStartedAgainOrEndsMeanwhile() throws Exception {
        String during = exec("sh -c 'echo began; sleep 1000' >began & pid=$!\n")
                + "until [ -s began ]; do sleep 1; done\n$crosvm %s web; rm began; wait $pid";
        assertThat(guest.fails(125, during.formatted("restart"))).contains("web: ");
        guest.succeeds("exec --timeout 30m web -- true");
        assertThat(guest.fails(125, during.formatted("stop"))).contains("web: is not running");
        assertThat(guest.fails(125, "exec web -- true")).contains("web: is not running");
    }

    @Test
    void namesAGuestWithoutVsockWhoseConsoleIsReadyLate() throws Exception {
        String params = DebianGuest.lean()
                .replace("quiet ", "systemd.show_status=1 ")
                .replace("modules-load=", "module_blacklist=");
        guest.spec(params, "vsock: auto\nready: {console: \"OpenSSH Server Socket\", within: 1s}\n");
        assertThat(guest.fails(4, "up -d --wait web.yaml"))
                .contains("its console has not shown \"OpenSSH Server Socket\" within 1 s");
        guest.awaitReady("yes");
        assertThat(guest.fails(125, "exec web -- true"))
                .contains("web: the guest does not answer on vsock within 4s", "vmw_vsock_virtio_transport")
                .contains("The last lines of its console:\n  | told on the console");
        assertThat(guest.succeeds(interrupted(exec("true"), "sleep 20"))).isEqualTo("status 130\n");
    }
}
