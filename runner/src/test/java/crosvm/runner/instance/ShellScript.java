package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Shell scripts as users write them, in which {@code $0} is the built program. State is in the script's own folder. */
final class ShellScript {
    private static final Path LAUNCHER = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath();

    private static final int TIMEOUT_SECONDS = 240;

    private ShellScript() {}

    /**
     * Runs a script.
     *
     * @param arguments its {@code $1} and so on
     * @return what it says on both outputs
     */
    static String output(Path folder, String script, String... arguments) throws Exception {
        Path output = Files.createTempFile("crosvm-test", ".out");
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script, LAUNCHER.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .as(script)
                    .isTrue();
            return Files.readString(output, StandardCharsets.ISO_8859_1);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
    }
}
