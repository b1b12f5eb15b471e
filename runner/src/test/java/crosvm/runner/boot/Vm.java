package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run of the launcher: a process of its own, its console, and what it said to the user. Used by one thread. */
final class Vm implements AutoCloseable {
    /** The lab emulates a processor: a boot takes 5 to 20 s there, and several times that when the machine is busy. */
    static final Duration BOOT = Duration.ofSeconds(180);

    private static final Duration SILENCE = Duration.ofSeconds(180);

    private final Process process;
    private final Console console;
    private final Path errors;

    private Vm(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        console = new Console(process.getInputStream());
    }

    /** Starts {@code crosvm up SPEC}, on the JDK the tests run on. */
    static Vm up(Path spec) throws IOException {
        return up(spec, Path.of(System.getProperty("java.home")));
    }

    static Vm up(Path spec, Path javaHome) throws IOException {
        return start(javaHome, spec.getParent(), Lab.launcher().toString(), "up", spec.toString());
    }

    static Vm start(Path javaHome, Path dir, String... words) throws IOException {
        Path errors = Files.createTempFile(dir, "stderr", ".txt");
        List<String> command = new ArrayList<>(Lab.asUser(dir));
        command.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(dir.toFile()).redirectError(errors.toFile());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        return new Vm(builder.start(), errors);
    }

    /** Runs a machine to its end; a guest that falls silent before it fails the test. */
    static Vm run(Path spec) throws IOException {
        return run(spec, Path.of(System.getProperty("java.home")));
    }

    static Vm run(Path spec, Path javaHome) throws IOException {
        Vm vm = up(spec, javaHome);
        if (!vm.endsOrFallsSilent()) {
            vm.close();
            throw new AssertionError("the guest has said nothing for " + SILENCE.toSeconds() + " s; its last words:\n"
                    + vm.console.tail(25) + vm.said());
        }
        return vm;
    }

    private boolean endsOrFallsSilent() {
        while (!endsWithin(Duration.ofSeconds(1))) {
            if (console.silence().compareTo(SILENCE) > 0) {
                return false;
            }
        }
        return true;
    }

    Console console() {
        return console;
    }

    /** Waits for a line while a guest boots; a failure tells what crosvm said, too. */
    Matcher await(String regex) throws IOException {
        return await(regex, BOOT);
    }

    Matcher await(String regex, Duration limit) throws IOException {
        try {
            return console.await(regex, limit);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "crosvm said: " + said(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end and returns the exit status. */
    int status() {
        assertThat(endsWithin(Duration.ofSeconds(60)))
                .as("crosvm ends; the guest's last words:\n%s", console.tail(15))
                .isTrue();
        return process.exitValue();
    }

    /** What crosvm itself told the user, on its standard error. */
    String said() throws IOException {
        return Files.readString(errors);
    }

    /** Waits until crosvm itself has told the user that, a regular expression; all that it has said until then. */
    String awaitSaid(String regex) throws IOException, InterruptedException {
        Pattern wanted = Pattern.compile(regex);
        long end = System.nanoTime() + 2 * BOOT.toNanos();
        while (!wanted.matcher(said()).find()) {
            assertThat(System.nanoTime())
                    .as("crosvm says \"%s\"; so far it said: %s", regex, said())
                    .isLessThan(end);
            Thread.sleep(200); // The lab has one processor.
        }
        return said();
    }

    /** The lines of {@link #said}. */
    List<String> complaints() throws IOException {
        return said().lines().toList();
    }

    void type(String keys) throws IOException {
        OutputStream to = process.getOutputStream();
        to.write(keys.getBytes(StandardCharsets.ISO_8859_1));
        to.flush();
    }

    void signal(String name) throws IOException {
        Lab.command("kill", "-s", name, Long.toString(pid()));
    }

    /** The process and all that it started, as they are now. */
    List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        return all;
    }

    boolean endsWithin(Duration limit) {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Ends what still runs of it. */
    @Override
    public void close() {
        processes().forEach(ProcessHandle::destroyForcibly);
        endsWithin(Duration.ofSeconds(10));
    }
}
