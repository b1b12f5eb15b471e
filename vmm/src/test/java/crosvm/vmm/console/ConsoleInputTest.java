package crosvm.vmm.console;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Pty;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link ConsoleProbe} as a process of its own, in a session with a pseudo-terminal as a shell would start it. */
@Timeout(120)
class ConsoleInputTest {
    /** Told by another thread than the one that prints, so in the midst of anything. */
    private static final String GREETING = "crosvm: Ctrl-A x ends the machine, Ctrl-A h lists the keys\r\n";

    private final Pty pty = new Pty();
    private final byte[] before = pty.modes();
    private Process process;

    private static List<String> java() {
        List<String> command = new ArrayList<>(
                List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ConsoleProbe.class.getName()));
        return command;
    }

    private void onTerminal(String... command) throws IOException {
        // A CI job may itself run with signals ignored (nohup), which children inherit and the JVM then leaves alone.
        List<String> all = new ArrayList<>(List.of("setsid", "--ctty", "env", "--default-signal"));
        all.addAll(Arrays.asList(command));
        File terminal = new File(pty.path());
        process = new ProcessBuilder(all)
                .redirectInput(terminal)
                .redirectOutput(terminal)
                .redirectError(terminal)
                .start();
    }

    private void start() throws IOException {
        onTerminal(java().toArray(String[]::new));
        pty.passOver(GREETING);
        pty.await("ready " + process.pid() + ".\r\n");
    }

    /** A job-controlling shell on the terminal; {@code PROBE} in the script stands for the probe's command. */
    private void shell(String script) throws IOException {
        String probe = String.join(" ", java().stream().map(a -> "'" + a + "'").toList());
        onTerminal("bash", "-c", "set -m; " + script.replace("PROBE", probe));
    }

    private void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    private void assertEndsWithModesRestored() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(pty.modes()).isEqualTo(before);
    }

    private void awaitRaw(boolean raw) throws InterruptedException {
        for (int i = 0; i < 3000 && pty.isRaw() != raw; i++) {
            Thread.sleep(10);
        }
        assertThat(pty.isRaw()).isEqualTo(raw);
    }

    @AfterEach
    void endEverything() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        pty.close();
    }

    @Test
    void givesEveryKeyToTheGuestUntilTheEscapeKeyQuits() throws Exception {
        start();
        assertThat(pty.isRaw()).isTrue();
        pty.type("a\u0003\u001a\r");
        pty.await("[97][3][26][13]");
        pty.type("\u0001\u0001\u0001e");
        pty.await("[1][1][101]");
        pty.type("\u0001x");
        pty.await("quit.\r\n");
        assertEndsWithModesRestored();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void saysHowToLeaveAndListsTheKeysOnRequest() throws Exception {
        onTerminal(java().toArray(String[]::new));
        String ready = "ready " + process.pid() + ".\r\n";
        String seen = "";
        for (int i = 0;
                i < 600
                        && !(seen.contains(GREETING)
                                && seen.replace(GREETING, "").contains(ready));
                i++) {
            seen = pty.seenWithin(100); // Which comes first is anybody's guess.
        }
        assertThat(seen).contains(GREETING).containsOnlyOnce("Ctrl-A x");
        assertThat(seen.replace(GREETING, "")).contains(ready);
        pty.type("\u0001h");
        pty.await("Ctrl-A x       end the machine and leave\r\n");
        pty.await("Ctrl-A b       send a break");
        pty.type("z");
        pty.await("[122]");
        pty.type("\u0001x");
        assertEndsWithModesRestored();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void restoresTheTerminalWhenASignalEndsTheProgram(String name) throws Exception {
        start();
        assertThat(pty.isRaw()).isTrue();
        signal(name, process.pid());
        assertEndsWithModesRestored();
    }

    @Test
    void restoresTheTerminalWhenTheProgramCrashes() throws Exception {
        start();
        pty.type("C");
        pty.await("our own crash");
        assertEndsWithModesRestored();
        assertThat(process.exitValue()).isEqualTo(1);
    }

    @Test
    void neitherTouchesTheTerminalNorStopsInTheBackgroundAndTakesOverWhenBroughtForward() throws Exception {
        shell("PROBE & read line; echo shell read $line; fg; echo back $?");
        pty.passOver(GREETING);
        pty.await("ready ");
        Thread.sleep(300);
        assertThat(pty.isRaw()).isFalse();
        pty.type("for the shell\r");
        pty.await("shell read for the shell");
        awaitRaw(true);
        pty.type("z");
        pty.await("[122]");
        pty.type("\u0001x");
        pty.await("back 0");
        assertEndsWithModesRestored();
    }

    @Test
    void goesRawAgainWhenContinuedAfterAStop() throws Exception {
        shell("PROBE; echo stopped; stty sane; read line; fg; echo back $?");
        pty.passOver(GREETING);
        pty.await("ready ");
        long probe = process.children().findFirst().orElseThrow().pid();
        awaitRaw(true);
        signal("TSTP", probe);
        pty.await("stopped");
        awaitRaw(false);
        pty.type("\n");
        awaitRaw(true);
        pty.type("y");
        pty.await("[121]");
        pty.type("\u0001x");
        pty.await("back 0");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(pty.isRaw()).isFalse();
    }

    /** Runs the probe until its output ends so, then a little longer, and gives what it had written. */
    private String runWith(ProcessBuilder.Redirect input, String typed, String expectedEnd) throws Exception {
        Path output = Files.createTempFile("console-input", ".out");
        try {
            process = new ProcessBuilder(java())
                    .redirectInput(input)
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (input == ProcessBuilder.Redirect.PIPE) {
                process.getOutputStream().write(typed.getBytes(StandardCharsets.ISO_8859_1));
                process.getOutputStream().close();
            }
            for (int i = 0; i < 1500 && !Files.readString(output).endsWith(expectedEnd); i++) {
                Thread.sleep(20);
            }
            assertThat(process.waitFor(300, TimeUnit.MILLISECONDS))
                    .as("the end of the input is not the program's")
                    .isFalse();
            signal("TERM", process.pid());
            process.waitFor();
            return Files.readString(output);
        } finally {
            Files.delete(output);
        }
    }

    @Test
    void passesAPipeByteForByteEscapeKeyIncluded() throws Exception {
        String typed = "\u0001x\u0003" + "0".repeat(3000) + "!";
        assertThat(runWith(ProcessBuilder.Redirect.PIPE, typed, "[33]"))
                .endsWith(".\n[1][120][3]" + "[48]".repeat(3000) + "[33]");
    }

    @Test
    void goesOnWithoutInput() throws Exception {
        assertThat(runWith(ProcessBuilder.Redirect.from(new File("/dev/null")), "", ".\n"))
                .startsWith("ready")
                .doesNotContain("[");
    }
}
