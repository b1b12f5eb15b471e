package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SshLogTest {
    @Test
    void endsASessionWhoseGuestHasTheLogGrowForEver() throws Exception {
        try (SshLog log = SshLog.create()) {
            Process flood = new ProcessBuilder("/bin/sh", "-c", "while :; do echo debug1: Remote: x; done")
                    .redirectOutput(log.file().toFile())
                    .start();
            try {
                log.watch(flood, 10_000);
                assertThat(flood.waitFor(120, TimeUnit.SECONDS)).isTrue();
                assertThat(log.isFull()).isTrue();
            } finally {
                flood.destroyForcibly();
            }
        }
    }

    @Test
    void leavesAShortLogAlone() throws Exception {
        try (SshLog log = SshLog.create()) {
            Files.writeString(log.file(), "\n a\u001b[2Jb\u009b2J\n");
            Process quiet = new ProcessBuilder("sleep", "1").start();
            log.watch(quiet, 10_000);
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
