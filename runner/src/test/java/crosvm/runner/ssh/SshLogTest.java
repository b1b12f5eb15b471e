package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SshLogTest {
    @Test
    void endsASessionWhoseGuestHasTheLogGrowForEver() throws Exception {
        try (SshLog log = SshLog.create()) {
            Process flood = new ProcessBuilder("/bin/sh", "-c", "while :; do echo debug1: Remote: x; done")
                    .redirectOutput(log.file().toFile())
                    .start();
            try {
                log.watch(flood, 10_000, null);
                assertThat(flood.waitFor(120, TimeUnit.SECONDS)).isTrue();
                assertThat(log.isFull()).isTrue();
            } finally {
                flood.destroyForcibly();
            }
        }
    }

    /** As an sshd that greets, perhaps has ssh complain of a lot, and falls silent has ssh wait. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4000})
    void endsASessionWhoseLoginDoesNotComeToAnEnd(int complaints) throws Exception {
        try (SshLog log = SshLog.create()) {
            Files.writeString(
                    log.file(),
                    "debug1: sshconnect.c:f():1 (pid=1): Executing proxy dialer command: x\n"
                            + "kex_protocol_error: type 32 seq 7\n".repeat(complaints));
            Process silent = new ProcessBuilder("/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done").start();
            try {
                log.watch(silent, 1 << 20, Duration.ofMillis(1));
                assertThat(silent.waitFor(120, TimeUnit.SECONDS)).isTrue();
                assertThat(log.isStalled()).isTrue();
                assertThat(log.isFull()).isFalse();
            } finally {
                silent.destroyForcibly();
            }
        }
    }

    /** And of an ssh that does not say how far it is, nothing can be told. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "debug1: Executing proxy dialer command: x\ndebug1: clientloop.c:f():1 (pid=1): Entering interactive session.\n"
            })
    void leavesASessionAloneThatHasBegun(String text) throws Exception {
        try (SshLog log = SshLog.create()) {
            Files.writeString(log.file(), text);
            Process session = new ProcessBuilder("sleep", "2").start();
            log.watch(session, 10_000, Duration.ofMillis(1));
            assertThat(session.waitFor()).isZero();
            assertThat(log.isStalled()).isFalse();
        }
    }

    @Test
    void leavesAShortLogAlone() throws Exception {
        try (SshLog log = SshLog.create()) {
            Files.writeString(log.file(), "\n a\u001b[2Jb\u009b2J\n");
            Process quiet = new ProcessBuilder("sleep", "1").start();
            log.watch(quiet, 10_000, null);
            assertThat(quiet.waitFor()).isZero();
            assertThat(log.isFull()).isFalse();
            assertThat(log.lines()).containsExactly(" a[2Jb2J");
        }
    }

    @Test
    void showsTheEndOfALongLogAndRemovesIt() throws Exception {
        SshLog log = SshLog.create();
        Path file = log.file();
        Files.writeString(file, "x\n".repeat(100_000) + "last");
        assertThat(log.lines()).hasSize((1 << 15) - 1).last().isEqualTo("last");
        log.close();
        assertThat(file).doesNotExist();
        assertThat(log.lines()).isEmpty();
    }
}
