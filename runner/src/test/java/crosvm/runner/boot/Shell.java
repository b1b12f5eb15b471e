package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the program as people do, in one folder, and shows what it was told and answers.
 *
 * @param dir where
 * @param environment variables of its own, among them {@code crosvm} where the program is not run as this process's user
 * @param limit what nothing may take longer than
 */
record Shell(Path dir, Map<String, String> environment, Duration limit) {
    /** How a command ended, and what it wrote. */
    record Ran(int status, String out, String err) {}

    /** A command of the program, or a script in which it is {@code $crosvm}. */
    Ran run(String line) throws IOException, InterruptedException {
        Path out = Files.createTempFile(dir, "out", "");
        Path err = Files.createTempFile(dir, "err", "");
        long start = System.nanoTime();
        Process process = start(line, out, err);
        try {
            assertThat(process.waitFor(limit.toSeconds(), TimeUnit.SECONDS))
                    .as(line)
                    .isTrue();
            Ran ran = new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("$ %s%n%s%s[status %d after %.1f s]%n", line, ran.out, ran.err, ran.status, seconds);
            return ran;
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private Process start(String line, Path out, Path err) throws IOException {
        String script = line.contains("$crosvm") ? line : "$crosvm " + line;
        ProcessBuilder builder = new ProcessBuilder("/bin/bash", "-c", script)
                .directory(dir.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("crosvm", Lab.launcher().toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder.start();
    }
}
