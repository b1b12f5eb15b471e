package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher at a real terminal: a pty made by util-linux's script, with a shell script as the user's shell. */
class TerminalBootIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path dir;

    @Test
    void scrollsLiveGivesCtrlCToTheGuestAndLeavesOnTheEscapeKey() throws IOException {
        try (Vm terminal = terminal("crosvm.test=scroll,shell")) {
            terminal.await("CROSVM-line 5");
            assertThat(Duration.between(timeOf(terminal, "CROSVM-line 1"), timeOf(terminal, "CROSVM-line 5")))
                    .as("between lines that the guest prints 1.6 s apart")
                    .isGreaterThan(Duration.ofMillis(800));
            terminal.await("CROSVM-shell", SOON);
            terminal.await("^/ # ", SOON);
            terminal.type("echo typed-$((40 + 2))\r");
            terminal.await("^typed-42$", SOON);
            terminal.type("echo before-$((1 + 1)); busybox sleep 1000\r");
            terminal.await("^before-2$", SOON);
            terminal.type("\003");
            terminal.type("echo after-$((1 + 1))\r");
            terminal.await("^after-2$", SOON);
            terminal.type("\001x");
            assertThat(terminal.endsWithin(SOON))
                    .as("Ctrl-A x leaves; last words:\n%s", terminal.console().tail(10))
                    .isTrue();
        }
        assertTerminalIsAsBefore();
    }

    @ParameterizedTest
    @CsvSource({"TERM", "INT", "HUP"})
    void leavesTheTerminalAsItWasOnASignal(String signal) throws IOException {
        try (Vm terminal = terminal("crosvm.test=sleep")) {
            terminal.await("Linux version");
            ProcessHandle vmm = terminal.processes().stream()
                    .filter(p -> p.info().command().orElse("").endsWith("/java"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no java process below script"));
            Lab.command("kill", "-s", signal, Long.toString(vmm.pid()));
            assertThat(terminal.endsWithin(SOON)).as("ends on SIG%s", signal).isTrue();
        }
        assertTerminalIsAsBefore();
    }

    @Test
    void leavesTheTerminalAsItWasWhenTheGuestPowersOff() throws IOException {
        try (Vm terminal = terminal("quiet crosvm.test=hello")) {
            terminal.await("CROSVM-ending poweroff");
            assertThat(terminal.endsWithin(SOON)).isTrue();
        }
        assertTerminalIsAsBefore();
        assertThat(dir.resolve("status")).hasContent("0");
    }

    private Vm terminal(String params) throws IOException {
        Path spec = Lab.spec(dir, "vmlinuz", params, "memory: 256MiB");
        Path user = Files.writeString(dir.resolve("user.sh"), """
                stty -a > before
                %s up %s
                echo $? > status
                stty -a > after
                """.formatted(Lab.launcher(), spec));
        return Vm.start(Path.of(System.getProperty("java.home")), dir, "script", "-qefc", "sh " + user, "/dev/null");
    }

    private void assertTerminalIsAsBefore() throws IOException {
        assertThat(dir.resolve("after")).exists();
        assertThat(Files.readString(dir.resolve("after"))).isEqualTo(Files.readString(dir.resolve("before")));
    }

    private static Instant timeOf(Vm vm, String text) {
        return vm.console().lines().stream()
                .filter(line -> line.text().contains(text))
                .findFirst()
                .orElseThrow()
                .time();
    }
}
