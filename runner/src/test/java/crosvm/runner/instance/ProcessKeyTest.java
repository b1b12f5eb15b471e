package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessKeyTest {
    private static final String BOOT = "568d8528-8d87-441c-9fb7-c2bfc734eb7c";

    @TempDir
    private Path proc;

    @BeforeEach
    void boots() throws IOException {
        Files.createDirectories(proc.resolve("sys/kernel/random"));
        Files.writeString(proc.resolve("sys/kernel/random/boot_id"), BOOT + "\n");
    }

    private void process(long pid, String name, char state, long start) throws IOException {
        Path folder = Files.createDirectories(proc.resolve(String.valueOf(pid)));
        String before = pid + " (" + name + ") " + state + " 1 2 2 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 19 0 ";
        Files.writeString(folder.resolve("stat"), before + start + " 4096 100 18446744073709551615\n");
    }

    @Test
    void readsTheStartTimeBehindWhateverTheProgramIsCalled() throws IOException {
        process(7, "a) R 1 (b", 'S', 507591);
        assertThat(ProcessKey.of(7, proc)).isEqualTo(new ProcessKey(7, 507591, BOOT));
    }

    @Test
    void takesAProcessThatIsThereForItself() throws IOException {
        process(7, "java", 'S', 507591);
        assertThat(new ProcessKey(7, 507591, BOOT).isAlive(proc)).isTrue();
    }

    @Test
    void knowsALaterProcessOfTheSameNumberForAnother() throws IOException {
        process(7, "java", 'S', 600000);
        assertThat(new ProcessKey(7, 507591, BOOT).isAlive(proc)).isFalse();
    }

    @Test
    void knowsTheSameNumberAndStartTimeOfAnotherBootForAnother() throws IOException {
        process(7, "java", 'S', 507591);
        assertThat(new ProcessKey(7, 507591, "11111111-8d87-441c-9fb7-c2bfc734eb7c").isAlive(proc))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(chars = {'Z', 'X'})
    void takesADeadProcessThatOnlyWaitsForItsParentForDead(char state) throws IOException {
        process(7, "java", state, 507591);
        assertThat(new ProcessKey(7, 507591, BOOT).isAlive(proc)).isFalse();
    }

    @Test
    void takesAProcessThatIsNotThereForDead() {
        assertThat(new ProcessKey(8, 507591, BOOT).isAlive(proc)).isFalse();
    }

    @Test
    void findsThisVeryProcessInTheRealFolder() {
        assertThat(ProcessKey.self().pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(ProcessKey.self().isAlive()).isTrue();
    }

    @Test
    void waitsForTheEndOfAProcessAndNotForOneThatHasEnded() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "1000").start();
        ProcessKey key = Objects.requireNonNull(ProcessKey.of(sleeper.pid(), ProcessKey.PROC));
        CountDownLatch ended = new CountDownLatch(1);
        Thread waiter = new Thread(
                () -> {
                    try {
                        key.awaitEnd();
                        ended.countDown();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "waiter");
        waiter.setDaemon(true);
        waiter.start();
        assertThat(ended.await(50, TimeUnit.MILLISECONDS)).isFalse();
        sleeper.destroyForcibly();
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        key.awaitEnd();
        assertThat(key.isAlive()).isFalse();
    }
}
