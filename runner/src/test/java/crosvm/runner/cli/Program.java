package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The built program in shell scripts, in which {@code $crosvm} starts it. State and cache are in the script's own folder. */
final class Program {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    private Program() {}

    /**
     * How a script ended.
     *
     * @param out standard output
     * @param err standard error
     */
    record Result(int status, String out, String err) {}

    static Result script(Path folder, String script) throws Exception {
        return script(folder, Map.of(), script);
    }

    /** Runs a script in a folder, for ten minutes at most: a machine that does much else is slow. */
    static Result script(Path folder, Map<String, String> environment, String script) throws Exception {
        Path out = Files.createTempFile("crosvm-test", ".out");
        Path err = Files.createTempFile("crosvm-test", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", script)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().keySet().removeAll(java.util.List.of("CROSVM_JAVA_OPTS", "JAVA_TOOL_OPTIONS"));
            builder.environment()
                    .putAll(Map.of(
                            "crosvm",
                            LAUNCHER.toString(),
                            "XDG_CACHE_HOME",
                            folder.resolve("cache").toString(),
                            "XDG_RUNTIME_DIR",
                            folder.toString(),
                            "JAVA_HOME",
                            System.getProperty("java.home")));
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                assertThat(process.waitFor(10, TimeUnit.MINUTES)).as(script).isTrue();
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /**
     * {@code crosvm up} under a limit, which does not hold for what takes its output in.
     *
     * @param limit for prlimit(1), such as {@code --nofile=100}
     * @return with both outputs in {@code out}, and a last line {@code status N} for crosvm's status
     */
    static Result upUnderLimit(Path folder, String limit, String spec) throws Exception {
        // Of users but root, the processes that exist already count too.
        assumeTrue(isRoot() || !limit.contains("nproc"), "needs root");
        return script(
                folder, "exec 3>&1; { prlimit " + limit + " $crosvm up " + spec + " 2>&1; echo status $?; } | cat >&3");
    }

    /** Whether this test may mount things and become other users. */
    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
