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
                .contains("The last lines of its console:");
        assertThat(guest.succeeds(interrupted(exec("true"), "sleep 20"))).isEqualTo("status 130\n");
    }
}
