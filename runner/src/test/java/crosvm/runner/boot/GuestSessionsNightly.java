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

/** What goes in and out of a Debian 12 that has started little more than sshd, and what must not; run as {@link GuestAccessNightly} is. */
class GuestSessionsNightly {
    private static final String SECRET = "s3cret-" + UUID.randomUUID();

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

    @Test
    void handOverWhatTheyAreGivenAndNothingElse() throws Exception {
        guest = DebianGuest.of(
                dir,
                "crosvm.debian12",
                Map.of("CROSVM_TEST_TOKEN", SECRET + "-variable", "CROSVM_TEST_SEED", SECRET + "-seed"));
        guest.spec(DebianGuest.lean(), """
                vsock: auto
                ready: {vsock: 22, within: 30m}
                guest:
                  credentials: {token: token, other: {env: CROSVM_TEST_TOKEN}}
                  cloudInit:
                    userData: |
                      #cloud-config
                      write_files: [{path: /root/seed, content: "${CROSVM_TEST_SEED}", permissions: "0600"}]
                """);
        Path token = Files.writeString(dir.resolve("token"), SECRET + "-file");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        guest.succeeds("up -d --wait --wait-timeout 30m web.yaml");
        assertThat(guest.succeeds("ps")).containsPattern("web +running +yes ");
        handsBackStatusAndOutput();
        secretsStandNowhere();
        copiesFiftyMegabytesAndAFolder();
        followsTheSizeOfTheTerminal();
        takesTwentySessionsAtOnce();
        guest.succeeds("stop web");
        assertThat(guest.succeeds("ps -q")).isEmpty();
    }

    /** But in the memory of the machine's process, in this test's own environment, and in the file that the user wrote. */
    private void secretsStandNowhere() throws Exception {
        String found = guest.succeeds("""
                test "$($crosvm exec --timeout 10m web -- systemd-creds --system cat token)" = @-file || echo not there
                test "$($crosvm exec --timeout 10m web -- systemd-creds --system cat other)" = @-variable || echo not there
                $crosvm exec --timeout 10m web -- cat /dev/vdb | grep -qa @-seed || echo not there
                seen=0
                for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do
                  case $file in /proc/$$/* | /proc/$PPID/*) continue ;; esac
                  seen=$((seen + 1))
                  ! tr '\\0' '\\n' <"$file" 2>/dev/null | grep -q '@' || { echo "$file"; tr '\\0' ' ' </proc/${file:6:-8}/cmdline; }
                done
                find . /tmp /run /var/log /dev/shm -xdev -type f -size -4M ! -name token ! -name 'out*' -print0 2>/dev/null >/dev/shm/files
                xargs -0 grep -al '@' </dev/shm/files || true
                $crosvm config web.yaml | grep '@' || true
                $crosvm graph web.yaml | grep '@' || true
                $crosvm status --format json web | grep '@' || true
                $crosvm logs web | grep '@' || true
                $crosvm logs --crosvm web | grep '@' || true
                grep -l '@' token >&2
                echo "searched: $seen of /proc, $(tr -cd '\\0' </dev/shm/files | wc -c) files\"""".replace("@", SECRET));
        assertThat(found).matches("searched: [0-9]{2,} of /proc, [0-9]{2,} files\n");
    }

    private void copiesFiftyMegabytesAndAFolder() throws Exception {
        String copied = guest.succeeds("""
                mkdir -p src/sub; head -c 50000000 /dev/urandom >src/big; echo x >src/sub/f; chmod 640 src/sub/f; chmod 750 src/sub
                ln -s sub/f src/link; ln -s /nowhere src/dangling; ln src/sub/f src/hard
                $crosvm cp --timeout 10m src web:/var/tmp && $crosvm cp --timeout 10m web:/var/tmp/src back && cmp src/big back/big &&
                  diff <(cd src && find . -printf '%P %M %l %n\\n' | sort) <(cd back && find . -printf '%P %M %l %n\\n' | sort) && echo equal""");
        assertThat(copied).isEqualTo("equal\n");
    }

    private void followsTheSizeOfTheTerminal() throws Exception {
        String sizes = guest.succeeds("""
                rm -f tty
                script -qefc 'stty rows 24 cols 80; tty >tty; $crosvm exec --timeout 10m -t web -- sh -c "
                  stty size; trap \\"stty size; exit 0\\" WINCH; echo waits; while :; do sleep 1; done"' screen >/dev/null &
                for i in $(seq 2000); do grep -q waits screen 2>/dev/null && break; sleep 1; done
                stty -F "$(cat tty)" rows 50 cols 132
                wait $! && tr -d '\\r' <screen""");
        assertThat(sizes).contains("24 80\n").contains("50 132\n");
    }

    private void takesTwentySessionsAtOnce() throws Exception {
        String wrong = guest.succeeds("""
                pids=()
                for i in $(seq 20); do
                  $crosvm exec --timeout 40m web -- sh -c "sleep 3; echo session $i; exit $i" >session-$i 2>&1 &
                  pids+=($!)
                done
                for i in $(seq 20); do
                  wait ${pids[i - 1]}
                  [ $? = $i ] && [ "$(cat session-$i)" = "session $i" ] || { echo $i; cat session-$i; }
                done""");
        assertThat(wrong).isEmpty();
    }

    private void handsBackStatusAndOutput() throws Exception {
        assertThat(guest.shell().run("echo in | $crosvm exec --timeout 10m web -- sh -c 'cat; echo err >&2; exit 3'"))
                .isEqualTo(new Shell.Ran(3, "in\n", "err\n"));
        assertThat(guest.shell().run("exec --timeout 10m web -- sh -c 'kill -9 $$'"))
                .isEqualTo(new Shell.Ran(137, "", ""));
    }

    @Test
    void needsVsockOnTheHostAndLeavesNothingWithoutIt() throws Exception {
        guest = DebianGuest.of(dir, "crosvm.debian12", Map.of());
        guest.spec(DebianGuest.lean(), "vsock: auto\n");
        String said = guest.fails(1, """
                mv /dev/vhost-vsock /dev/kept; $crosvm up -d web.yaml; status=$?
                $crosvm run --rm web.yaml -- true; echo $?
                mv /dev/kept /dev/vhost-vsock; exit $status""");
        assertThat(said).contains("/dev/vhost-vsock: ", "modprobe vhost_vsock");
        assertThat(guest.succeeds("ps -aq; find run -type f")).isEmpty();
    }
}
