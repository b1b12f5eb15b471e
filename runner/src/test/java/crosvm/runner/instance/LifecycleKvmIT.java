package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines in the background, as people start and reach them, with guests of a few bytes. */
class LifecycleKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    /** Sets RTS, then echoes what comes in on COM1: in al, LSR; test bit 0; in al, data; out. */
    private static final int[] ECHO = {
        0x66, 0xba, 0xfc, 0x03, 0xb0, 0x02, 0xee, 0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf7, 0x66, 0xba,
        0xf8, 0x03, 0xec, 0xee, 0xeb, 0xef
    };

    @TempDir
    Path folder;

    private Path runtime;

    private record Result(int status, String out, String err) {}

    @BeforeEach
    void needsKvm() throws IOException {
        KvmMachines.assumeKvm();
        runtime = Files.createDirectory(folder.resolve("run"));
        spec("spin", TinyKernel.SPIN, "");
        spec("crash", TinyKernel.CRASH, "");
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(runtime);
    }

    private void spec(String name, int[] code, String more) throws IOException {
        Files.write(folder.resolve(name + ".kernel"), TinyKernel.elf(code));
        Files.writeString(
                folder.resolve(name + ".yaml"),
                "name: " + name + "\nkernel: " + name + ".kernel\nmemory: 32MiB\nsandbox: false\n" + more);
    }

    private Process start(Path input, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(input.toFile())
                .redirectOutput(Files.createTempFile(folder, "out", "").toFile());
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        return builder.start();
    }

    private Result crosvm(String... words) throws Exception {
        return crosvmWithInput(Path.of("/dev/null"), words);
    }

    private Result crosvmWithInput(Path input, String... words) throws Exception {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(input.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("crosvm %s ends", List.of(words))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(
                process.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1), Files.readString(err));
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what + ": not within a minute").isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private InstanceState state(String name) {
        InstanceState state =
                new StateFolders(runtime.resolve("crosvm")).of(name).read();
        assertThat(state).as("state of " + name).isNotNull();
        return java.util.Objects.requireNonNull(state);
    }

    private Result up(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("up", "-d"));
        all.addAll(List.of(words));
        return crosvm(all.toArray(String[]::new));
    }

    @Test
    void startsInTheBackgroundIsListedShowsItsConsoleAndGoesDown() throws Exception {
        Result up = up("--wait", "R", "spin.yaml");
        long pid = state("spin").process().pid();
        assertThat(up.status()).as(up.err()).isZero();
        assertThat(up.out()).isEqualTo("spin: running, pid " + pid + "\n");
        assertThat(Files.readString(Path.of("/proc", pid + "", "stat")).split(" ")[6])
                .as("its controlling terminal")
                .isEqualTo("0");
        assertThat(Files.readSymbolicLink(Path.of("/proc", pid + "", "cwd"))).isEqualTo(Path.of("/"));
        assertThat(crosvm("ps").out()).containsPattern("spin +running +" + pid + " .* 1 +32MiB .*spin.yaml");
        assertThat(crosvm("ps", "-q").out()).isEqualTo("spin\n");
        assertThat(crosvm("logs", "spin").out()).isEqualTo("R");
        assertThat(crosvm("logs", "-t", "--since", "1h", "spin.yaml").out()).matches("20.*Z R");
        assertThat(crosvm("logs", "--since", "2099-01-01T00:00:00Z", "spin").out())
                .isEmpty();

        Result down = crosvm("down", "--timeout", "0", "spin");
        assertThat(down.status()).as(down.err()).isZero();
        assertThat(ProcessKey.of(pid, ProcessKey.PROC)).as("its process").isNull();
        assertThat(crosvm("ps", "-q").out()).isEmpty();
        assertThat(crosvm("ps", "-a").out()).contains("ended (0)");
        assertThat(crosvm("logs", "spin").out()).as("after its end").isEqualTo("R");
        assertThat(crosvm("wait", "spin").status()).isZero();
        assertThat(crosvm("down", "spin").err()).contains("spin: is not running");
    }

    @Test
    void theIdleGuestStaysUntilItsPowerButtonIsPressed() throws Exception {
        Files.writeString(folder.resolve("idle.yaml"), "name: idle\nkernel: {builtin: idle}\nsandbox: false\n");
        Result up = up("--wait", "Idle until", "idle.yaml");
        assertThat(up.status()).as(up.err()).isZero();
        // Long enough for a guest that does not wait to be gone; one that waits is there however long this takes.
        Thread.sleep(300);
        assertThat(crosvm("ps", "-q").out()).isEqualTo("idle\n");
        Result down = crosvm("down", "--timeout", "90s", "idle");
        assertThat(down.status()).as(down.err()).isZero();
        assertThat(crosvm("wait", "idle").status())
                .as("by itself, not by force")
                .isZero();
        assertThat(crosvm("logs", "idle").out()).endsWith("Goodbye.\r\n");
    }

    @Test
    void leavesAMachineAloneThatRunsAlreadyAndSaysWhatDiffers() throws Exception {
        up("spin.yaml");
        ProcessKey process = state("spin").process();
        Result same = up("spin.yaml");
        assertThat(same.status()).isZero();
        assertThat(same.err()).contains("spin: is already running", "nothing changed");
        Result other = up("spin.yaml", "--memory", "64MiB");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.err())
                .contains(
                        "memory: 32MiB -> 64MiB  [needs a restart]",
                        "crosvm up -d --recreate spin.yaml --memory=64MiB");
        Result foreground = crosvm("up", "spin.yaml");
        assertThat(foreground.status()).isEqualTo(1);
        assertThat(foreground.err()).contains("spin: is already running");
        assertThat(state("spin").process()).isEqualTo(process);

        Result restart = crosvm("restart", "--timeout", "0", "spin");
        assertThat(restart.status()).as(restart.err()).isZero();
        assertThat(state("spin").process()).isNotEqualTo(process);
        assertThat(state("spin").phaseNow()).isEqualTo(Phase.RUNNING);
        process = state("spin").process();
        Files.writeString(folder.resolve("spin.yaml"), "nmae: spin\n");
        Result broken = crosvm("restart", "spin");
        assertThat(broken.status()).isEqualTo(2);
        assertThat(broken.err()).contains("nmae", "spin: is left as it is");
        assertThat(state("spin").process()).isEqualTo(process);
    }

    @Test
    void tellsTheCallerOfAMachineThatDiesAtOnceWithItsStatusAndCause() throws Exception {
        Result crash = up("crash.yaml");
        for (int i = 0; i < 20 && crash.status() == 0; i++) { // On a busy host its end may take longer than "at once".
            await("has crashed", () -> !state("crash").isAlive());
            crash = up("crash.yaml");
        }
        assertThat(crash.status()).isEqualTo(33);
        assertThat(crash.err()).contains("crash: the guest crashed (triple fault)", "rip");
        assertThat(crosvm("wait", "crash").status()).isEqualTo(33);
        assertThat(crosvm("ps", "-q").out()).isEmpty();

        Files.writeString(folder.resolve("spin.kernel"), "#!/bin/sh\n");
        Result noKernel = up("spin.yaml");
        assertThat(noKernel.status()).isEqualTo(1);
        assertThat(noKernel.err()).contains("script");
        assertThat(runtime.resolve("crosvm/spin"))
                .as("nothing was there before")
                .doesNotExist();
    }

    @Test
    void tellsOfALineThatDoesNotComeAndShowsTheConsole() throws Exception {
        Result late = up("--wait", "never", "--wait-timeout", "1s", "spin.yaml");
        assertThat(late.status()).isEqualTo(4);
        assertThat(late.err()).contains("has not shown \"never\" within 1s", "the machine is still running", "  | R");
        assertThat(state("spin").phaseNow()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void letsExactlyOneOfTwoStartsAtTheSameMomentWin() throws Exception {
        Process first = start(Path.of("/dev/null"), "up", "-d", "spin.yaml");
        Process second = start(Path.of("/dev/null"), "up", "-d", "spin.yaml");
        String firstErr = new String(first.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        String secondErr = new String(second.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        first.waitFor();
        second.waitFor();
        assertThat(List.of(firstErr, secondErr))
                .filteredOn(err -> err.contains("nothing changed"))
                .hasSize(1);
        assertThat(crosvm("ps", "-q").out()).isEqualTo("spin\n");
    }

    @Test
    void healsAfterAKillInEveryState() throws Exception {
        up("spin.yaml");
        KvmMachines.end(state("spin"));
        assertThat(crosvm("ps", "-q").out()).isEmpty();
        assertThat(crosvm("ps", "-a").out()).contains("died");
        Result waited = crosvm("wait", "spin");
        assertThat(waited.status()).isEqualTo(1);
        assertThat(waited.err()).contains("its process died");
        assertThat(up("spin.yaml").status()).isZero();

        KvmMachines.end(state("spin"));
        Process foreground = start(Path.of("/dev/null"), "up", "spin.yaml");
        await("runs on the terminal", () -> state("spin").phaseNow() == Phase.RUNNING);
        foreground.destroyForcibly().waitFor();
        assertThat(up("spin.yaml").status()).isZero();

        assertThat(crosvm("suspend", "spin").status()).isZero();
        assertThat(crosvm("ps").out()).contains("suspended");
        KvmMachines.end(state("spin"));
        assertThat(up("spin.yaml").status()).isZero();

        KvmMachines.end(state("spin"));
        ProcessKey before = state("spin").process();
        start(Path.of("/dev/null"), "up", "-d", "spin.yaml");
        await("is being made", () -> !state("spin").process().equals(before));
        KvmMachines.end(state("spin"));
        assertThat(up("spin.yaml").status()).isZero();

        spec("crash", TinyKernel.CRASH, "restart: on-crash\n");
        assertThat(up("crash.yaml").status()).as("0 on a busy host").isIn(0, 33);
        await("waits to start again", () -> state("crash").restarts() >= 3);
        KvmMachines.end(state("crash"));
        assertThat(up("crash.yaml").status()).isIn(0, 33);
        Result down = crosvm("stop", "crash");
        assertThat(down.status()).as(down.err()).isZero();
        assertThat(state("crash").phaseNow()).isEqualTo(Phase.ENDED);
    }

    @Test
    void leavesNothingOfAMachineOnATerminal() throws Exception {
        Result crash = crosvm("up", "crash.yaml");
        assertThat(crash.status()).isEqualTo(33);
        assertThat(runtime.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void tellsWhoWaitsHowAMachineOnATerminalEnded() throws Exception {
        Process foreground = start(Path.of("/dev/null"), "up", "spin.yaml");
        await("runs", () -> Files.exists(runtime.resolve("crosvm/spin/control.sock")));
        Process waits = start(Path.of("/dev/null"), "wait", "spin");
        await("its folder is there", () -> state("spin").phaseNow() == Phase.RUNNING);
        Thread.sleep(1_000);
        assertThat(crosvm("stop", "spin").status()).isZero();
        assertThat(foreground.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(waits.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(waits.exitValue()).isZero();
        assertThat(runtime.resolve("crosvm")).isEmptyDirectory();
    }

    @Test
    void passesPipedInputToTheConsoleAndShowsWhatComesBackToEveryReader() throws Exception {
        spec("echo", ECHO, "");
        assertThat(up("echo.yaml").status()).isZero();
        Path input = Files.writeString(folder.resolve("input"), "hello\n");
        Process reader = start(Path.of("/dev/null"), "console", "echo");
        Process writer = start(input, "console", "echo");
        Path log = runtime.resolve("crosvm/echo/console.log");
        await("the guest has answered", () -> {
            try {
                return Files.readString(log).contains("hello");
            } catch (IOException e) {
                return false;
            }
        });
        assertThat(crosvm("down", "--timeout", "0", "echo").status()).isZero();
        for (Process console : List.of(reader, writer)) {
            assertThat(console.waitFor(60, TimeUnit.SECONDS))
                    .as("ends with the machine")
                    .isTrue();
            assertThat(console.exitValue()).isZero();
        }
        assertThat(crosvm("console", "echo").err()).contains("echo: is not running; it ended");
    }

    @Test
    void startsSeveralSpecsAndFoldersOfThem() throws Exception {
        Path machines = Files.createDirectory(folder.resolve("machines"));
        for (String name : List.of("a", "b")) {
            Files.writeString(
                    machines.resolve(name + ".vm.yaml"),
                    "name: " + name + "\nkernel: ../spin.kernel\nmemory: 32MiB\nsandbox: false\n");
        }
        assertThat(crosvm("up", "machines").err()).contains("add -d");
        Result up = up("machines", "spin.yaml", "crash.yaml");
        assertThat(up.status()).as("the one that crashed; 0 on a busy host").isIn(0, 33);
        await("it has crashed", () -> !state("crash").isAlive());
        assertThat(crosvm("ps", "-q").out()).isEqualTo("a\nb\nspin\n");
        assertThat(crosvm("down", "--timeout", "0", "a", "b", "spin").status()).isZero();
        assertThat(crosvm("ps", "-q").out()).isEmpty();
    }

    @Test
    void leadsToASocketThatTheSpecWantsElsewhere() throws Exception {
        Result up = up("spin.yaml", "-s", folder.toString());
        assertThat(up.status()).as(up.err()).isZero();
        long pid = state("spin").process().pid();
        assertThat(folder.resolve("crosvm-" + pid + ".sock")).exists();
        assertThat(crosvm("status", "spin").status()).isZero();
        assertThat(crosvm("down", "--timeout", "0", "spin").status()).isZero();
        assertThat(folder.resolve("crosvm-" + pid + ".sock")).doesNotExist();
    }
}
