package crosvm.runner.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AskedSystemdTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int LOOK_MILLISECONDS = 20;

    @TempDir
    private Path folder;

    private @Nullable AskedSystemd sign;
    private @Nullable String door;

    private AskedSystemd asked(String script) {
        AskedSystemd made =
                new AskedSystemd(List.of("/bin/sh", "-c", "cd " + folder + "; " + script), patience -> door);
        sign = made;
        return made;
    }

    @AfterEach
    void ends() {
        if (sign != null) {
            sign.close();
        }
    }

    /** Looks until that is said, or, for null, until it is there. */
    private static void await(ReadySign sign, @Nullable String said) throws InterruptedException {
        long end = System.nanoTime() + BOUND.toNanos();
        String missing;
        do {
            missing = sign.look(LOOK_MILLISECONDS);
            if (said == null ? missing == null : missing != null && missing.contains(said)) {
                return;
            }
        } while (System.nanoTime() < end);
        assertThat(missing).isEqualTo(said);
    }

    @Test
    void isReadyWhenTheBootHasEndedEvenWithFailedUnits() throws Exception {
        AskedSystemd running = asked("echo running");
        await(running, null);
        assertThat(running.said()).isEmpty();
        AskedSystemd degraded = asked("echo degraded; exit 1");
        await(degraded, null);
        assertThat(degraded.said()).isEqualTo("degraded: some of its units have failed");
    }

    @Test
    void asksAgainUntilTheAnswerIsYes() throws Exception {
        AskedSystemd again = asked("if [ -e asked ]; then echo running; else touch asked; echo starting; exit 1; fi");
        await(again, "does not say that the boot is finished: starting");
        await(again, null);
    }

    @Test
    void saysWhyItCannotAsk() throws Exception {
        AskedSystemd refused = asked("echo 'crosvm: web: the guest refuses the key' >&2; exit 125");
        await(refused, "does not say that the boot is finished: web: the guest refuses the key");
        AskedSystemd absent = new AskedSystemd(List.of("/nonexistent/program"), patience -> null);
        await(absent, "cannot be asked over ssh: ");
    }

    @Test
    void runsNothingBeforeTheDoorIsOpen() throws Exception {
        door = "nobody listens there";
        AskedSystemd shut = asked("touch ran; echo running");
        for (int i = 0; i < 5; i++) {
            assertThat(shut.look(LOOK_MILLISECONDS)).isEqualTo("nobody listens there");
        }
        assertThat(folder.resolve("ran")).doesNotExist();
        door = null;
        await(shut, null);
        assertThat(folder.resolve("ran")).exists();
    }

    @Test
    void endsAnAnswerWithoutEndAndBelievesNoneOfIt() throws Exception {
        AskedSystemd flood = asked("exec yes running-but-without-end");
        await(flood, "does not say that the boot is finished: running-but-without-end");
    }

    @Test
    void endsTheQuestionWhenItIsClosed() throws Exception {
        AskedSystemd stuck = asked("echo $$ >pid.part; mv pid.part pid; exec sleep 1000");
        long end = System.nanoTime() + BOUND.toNanos();
        while (!Files.exists(folder.resolve("pid")) && System.nanoTime() < end) {
            assertThat(stuck.look(LOOK_MILLISECONDS))
                    .isEqualTo("its systemd, asked over ssh, has not finished the boot");
        }
        ProcessHandle process = ProcessHandle.of(
                        Long.parseLong(Files.readString(folder.resolve("pid")).strip()))
                .orElseThrow();
        stuck.close();
        process.onExit().get(BOUND.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    }
}
