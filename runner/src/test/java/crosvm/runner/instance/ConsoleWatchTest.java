package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleWatchTest {
    private static final String TIME = "2026-11-24T09:00:00.000Z ";

    @TempDir
    private Path path;

    private StateFolder folder;
    private ConsoleWatch watch;

    @BeforeEach
    void watches() {
        folder = new StateFolder("web", path);
        watch = new ConsoleWatch(folder, Instant.parse("2026-11-24T09:00:00Z"));
    }

    @AfterEach
    void closes() {
        watch.close();
    }

    private void guestWrites(String text) throws IOException {
        Files.writeString(folder.consoleLog(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private boolean finds(String regex) {
        return watch.finds(Pattern.compile(regex));
    }

    @Test
    void findsAPatternInAPartOfALine() throws IOException {
        assertThat(finds("login")).isFalse();
        guestWrites(TIME + "debian login: \n");
        assertThat(finds("login:")).isTrue();
    }

    @Test
    void findsAPromptThatHasNoEndOfLineYet() throws IOException {
        guestWrites(TIME + "booting\n" + TIME + "debian log");
        assertThat(finds("login: $")).isFalse();
        guestWrites("in: ");
        assertThat(finds("login: $")).isTrue();
    }

    @Test
    void doesNotFindWhatAnEarlierRunHasWritten() throws IOException {
        guestWrites("2026-11-24T08:59:59.999Z login:\n");
        guestWrites(TIME + "booting\n");
        assertThat(finds("login")).isFalse();
        assertThat(finds("booting")).as("it was looked through already").isFalse();
    }

    @Test
    void looksThroughColoursAndShowsNoneOfTheGuestsControlSequences() throws IOException {
        guestWrites(TIME + "\u001b[1;32m[  OK  ]\u001b[0m Started \u001b]0;owned\u0007\u001bcssh.\r\n");
        assertThat(finds("^\\[  OK  \\] Started ssh\\.$")).isTrue();
        assertThat(watch.last(5)).containsExactly("[  OK  ] Started ssh.");
    }

    @Test
    void keepsTheLastLinesForAMessage() throws IOException {
        for (int i = 0; i < 300; i++) {
            guestWrites(TIME + "line " + i + "\n" + TIME + "\n");
        }
        guestWrites(TIME + "unfinished");
        assertThat(watch.last(3)).containsExactly("line 298", "line 299", "unfinished");
    }

    @Test
    void endsWithTheMachineWhenTheLineDoesNotCome() throws IOException {
        Files.writeString(
                folder.stateFile(), States.dead("web", Phase.RUNNING, null).toJson());
        guestWrites(TIME + "panic\n");
        assertThat(watch.await(Pattern.compile("login"), Duration.ofMinutes(1))).isEqualTo(ConsoleWatch.Result.ENDED);
    }

    @Test
    void findsTheLineThatCameBeforeTheEnd() throws IOException {
        Files.writeString(folder.stateFile(), States.dead("web", Phase.ENDED, 0).toJson());
        guestWrites(TIME + "login:\n");
        assertThat(watch.await(Pattern.compile("login"), Duration.ofMinutes(1))).isEqualTo(ConsoleWatch.Result.FOUND);
    }

    @Test
    void givesUpInTime() throws IOException {
        Files.writeString(folder.stateFile(), States.alive("web", Phase.RUNNING).toJson());
        assertThat(watch.await(Pattern.compile("login"), Duration.ofMillis(1)))
                .isEqualTo(ConsoleWatch.Result.TIMED_OUT);
    }
}
