package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guests without a network, told who they are and entered: Debian 12 with cloud-init, whose systemd is asked whether it is ready, and
 * Debian 13, whose systemd says so. For an hour of a night:
 *
 * <pre>.ci/lab/run -t 7000 -o /tmp/access .ci/junit -Dcrosvm.launcher="$PWD/runner/target/crosvm/bin/crosvm" \
 *   -Dcrosvm.debian12="$(.ci/lab/debian bookworm cloud-init,dmidecode)" -Dcrosvm.debian13="$(.ci/lab/debian trixie)" \
 *   runner '[.]Guest.*Nightly' /lab</pre>
 */
class GuestAccessNightly {
    private static final String SECRET = "s3cret-" + UUID.randomUUID();
    private static final String FILE_SECRET = SECRET + "-file";
    private static final String VARIABLE_SECRET = SECRET + "-variable";
    private static final String SEED_SECRET = SECRET + "-seed";

    /** A unit that does not come to an end, and that the boot waits for. */
    private static final String STUCK = """
            [Service]
            Type=oneshot
            ExecStart=sleep infinity
            TimeoutStartSec=infinity
            SuccessExitStatus=SIGTERM
            """;

    @TempDir
    private Path dir;

    private DebianGuest guest;

    @BeforeAll
    static void mountAnEmptyTemporaryFolder() throws IOException {
        DebianGuest.mountAnEmptyTemporaryFolder();
    }

    @AfterEach
    void stop() throws Exception {
        guest.shell().run("$crosvm logs --crosvm web; $crosvm stop web || true");
    }

    private void ownedFile(String name, String text) throws IOException {
        Path file = Files.writeString(dir.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void tellsADebian12WhoItIs() throws Exception {
        guest = DebianGuest.of(
                dir, "crosvm.debian12", Map.of("CROSVM_TEST_TOKEN", VARIABLE_SECRET, "CROSVM_TEST_SEED", SEED_SECRET));
        guest.spec("quiet", """
                vsock: auto
                ready: {systemd: true, within: 40m}
                guest:
                  hostname: told
                  timezone: Europe/Berlin
                  sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlLb2Zq me@host]
                  credentials: {token: token, other: {env: CROSVM_TEST_TOKEN}}
                  cloudInit:
                    userData: |
                      #cloud-config
                      locale: false
                      write_files: [{path: /root/seed, content: "${CROSVM_TEST_SEED}", permissions: "0600"}]
                """);
        ownedFile("token", FILE_SECRET);
        guest.succeeds("up -d --wait --wait-timeout 40m web.yaml");
        guest.awaitReady("yes");
        isTold();
        guest.succeeds("down --timeout 10m web");
        assertThat(guest.succeeds("ps -q")).isEmpty();
    }

    private void isTold() throws Exception {
        String told = guest.succeeds("""
                exec --timeout 10m web -- sh -c '
                  echo name $(hostname) zone $(readlink /etc/localtime) key $(cut -d" " -f3 /root/.ssh/authorized_keys)
                  echo token $(systemd-creds --system cat token) other $(systemd-creds --system cat other)
                  cloud-init status --wait; echo seed $(cat /root/seed)
                  dmidecode >/tmp/tables 2>&1; cat /tmp/tables
                  echo complaints $(grep -ciE "invalid|broken|wrong|truncated|bad |out of spec" /tmp/tables)
                  ip -br link'""");
        assertThat(told)
                .containsPattern("name told zone [./]*/usr/share/zoneinfo/Europe/Berlin key me@host")
                .contains("token " + FILE_SECRET + " other " + VARIABLE_SECRET)
                .contains("status: done", "seed " + SEED_SECRET)
                .contains("Product Name: crosvm virtual machine", "complaints 0")
                .doesNotContain("eth0", "enp");
    }

    /** Never by itself, because a unit of its boot does not come to an end; late, once that is ended. */
    @Test
    void hearsFromDebian13ThatItIsReadyAlthoughLate() throws Exception {
        guest = DebianGuest.of(dir, "crosvm.debian13", Map.of());
        guest.spec("quiet systemd.wants=stuck.service", """
                vsock: auto
                ready: {systemd: true, within: 5s}
                guest: {hostname: told, credentials: {systemd.extra-unit.stuck.service: unit, token: token}}
                """);
        ownedFile("unit", STUCK);
        ownedFile("token", FILE_SECRET);
        assertThat(guest.fails(4, "up -d --wait web.yaml"))
                .contains("its systemd has not said that it is ready", "within 5 s");
        guest.awaitReady("overdue");
        assertThat(guest.shell().run("exec --timeout 10m web -- sh -c 'hostname; systemctl is-system-running; exit 3'"))
                .isEqualTo(new Shell.Ran(3, "told\nstarting\n", ""));
        assertThat(guest.succeeds("exec --timeout 10m web -- systemd-creds --system cat token"))
                .isEqualTo(FILE_SECRET);
        guest.succeeds("exec --timeout 10m web -- systemctl stop stuck");
        guest.awaitReady("yes");
        assertThat(guest.succeeds("ps --format json")).contains("later than 5 s");
        assertThat(guest.shell().run("exec --timeout 10m web -- sh -c 'systemctl is-system-running; kill -9 $$'"))
                .isEqualTo(new Shell.Ran(137, "running\n", ""));
        guest.succeeds("down --timeout 10m web");
    }
}
