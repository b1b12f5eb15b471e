package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that say when they are ready, as people start and see them; the guest writes one letter and goes on for ever. */
class ReadyKvmIT {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    @TempDir
    Path folder;

    private Path runtime;

    private record Result(int status, String out, String err) {}

    @BeforeEach
    void needsKvm() throws IOException {
        KvmMachines.assumeKvm();
        runtime = Files.createDirectory(folder.resolve("run"));
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.SPIN));
    }

    @AfterEach
    void endsWhatRuns() throws InterruptedException {
        KvmMachines.end(runtime);
    }

    private void spec(String name, String more) throws IOException {
        Files.writeString(
                folder.resolve(name + ".yaml"),
                "name: " + name + "\nkernel: kernel\nmemory: 32MiB\nsandbox: false\n" + more);
    }

    private ProcessBuilder crosvm(Path out, Path err, String... words) {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
        return builder;
    }

    private Result run(String... words) throws Exception {
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        Process process = crosvm(out, err, words).start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void isWaitedForWithoutAPatternAndShown() throws Exception {
        spec("web", "ready: {console: \"^R$\", within: 5m}\n");
        Result up = run("up", "-d", "--wait", "web.yaml");
        assertThat(up.status()).as(up.err()).isZero();
        assertThat(run("ps").out()).containsPattern("NAME +STATE +READY").containsPattern("web +running +yes ");
        assertThat(run("ps", "--format", "json").out()).contains("\"state\": \"ready\"");
        assertThat(run("status", "web").out()).containsPattern("readiness +ready: after ");
        assertThat(run("status", "--ready", "web")).isEqualTo(new Result(0, "", ""));
        // One that is there already is ready at once.
        assertThat(run("up", "-d", "--wait", "web.yaml").status()).isZero();
    }

    @Test
    void saysWhatIsMissingWithTheConsolesLastLinesWhenItDoesNotComeInTime() throws Exception {
        spec("web", "ready: {console: never shown, within: 1s}\n");
        Result up = run("up", "-d", "--wait", "web.yaml");
        assertThat(up.status()).isEqualTo(4);
        assertThat(up.err())
                .contains(
                        "crosvm: web: is not ready: its console has not shown \"never shown\" within 1 s; the machine is still"
                                + " running. Attach with: crosvm console web\n",
                        "The last lines of its console:\n  | R\n");
        assertThat(run("ps").out()).containsPattern("web +running +overdue ");
        Result probe = run("status", "--ready", "web");
        assertThat(probe.status()).isEqualTo(1);
        assertThat(probe.err()).contains("web: is not ready: ");
        assertThat(Files.readString(
                        new StateFolders(runtime.resolve("crosvm")).of("web").ownLog()))
                .contains("is not ready: its console has not shown \"never shown\" within 1 s");
    }

    @Test
    void isReadyAlthoughLateOnceTheConsoleShowsIt() throws Exception {
        Files.write(folder.resolve("kernel"), TinyKernel.elf(TinyKernel.ANSWERS_A_KEY));
        spec("web", "ready: {console: Q, within: 1s}\n");
        assertThat(run("up", "-d", "--wait", "web.yaml").status()).isEqualTo(4);
        assertThat(run("ps").out()).containsPattern("web +running +overdue ");
        Process console = crosvm(folder.resolve("shown"), folder.resolve("console.err"), "console", "web")
                .redirectInput(Files.writeString(folder.resolve("key"), "x").toFile())
                .start();
        try {
            Result probe;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            do {
                probe = run("status", "--ready", "web");
            } while (probe.status() != 0 && System.nanoTime() < end);
            assertThat(probe).isEqualTo(new Result(0, "", ""));
        } finally {
            console.destroy();
            assertThat(console.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(run("ps").out()).containsPattern("web +running +yes ");
        assertThat(run("ps", "--format", "json").out()).containsPattern("after [0-9]+ s, later than 1 s");
    }

    @Test
    void needsASpecThatSaysWhatItIs() throws Exception {
        spec("web", "");
        Result up = run("up", "-d", "--wait", "web.yaml");
        assertThat(up.status()).isEqualTo(1);
        assertThat(up.err()).contains("crosvm: web: --wait has no pattern, and the spec does not say");
        assertThat(run("ps", "-q").out()).isEmpty();
    }

    /** What Type=notify of a unit waits for. */
    @Test
    void tellsTheServiceManagerNotBefore() throws Exception {
        spec("late", "ready: {console: never shown, within: 1s}\n");
        spec("soon", "ready: {console: R}\n");
        for (String name : List.of("late", "soon")) {
            try (ServiceManager manager = new ServiceManager(folder.resolve(name + ".notify"))) {
                ProcessBuilder builder =
                        crosvm(folder.resolve(name + ".out"), folder.resolve(name + ".err"), "up", name + ".yaml");
                builder.environment().put("NOTIFY_SOCKET", manager.socket().toString());
                Process process = builder.start();
                try {
                    List<String> told = new ArrayList<>();
                    String last = name.equals("late") ? "overdue" : "ready: after ";
                    while (told.isEmpty() || !told.get(told.size() - 1).contains(last)) {
                        String next = manager.next(60_000);
                        assertThat(next)
                                .as("after " + told + Files.readString(folder.resolve(name + ".err")))
                                .isNotNull();
                        told.add(next);
                    }
                    assertThat(told.stream().filter(one -> one.contains("READY=1")))
                            .hasSize(name.equals("late") ? 0 : 1);
                } finally {
                    process.destroy();
                    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                }
            }
        }
    }
}
