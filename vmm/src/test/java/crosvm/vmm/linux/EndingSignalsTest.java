package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndingSignalsTest {
    /** In a JVM of its own, which is ending when it asks a second time. */
    static final class Ending {
        private Ending() {}

        public static void main(String[] arguments) {
            boolean before = EndingSignals.atEnd(new Thread(() -> {
                System.out.println("runs at the end");
                System.out.println("and then " + EndingSignals.atEnd(new Thread(() -> System.out.println("never"))));
            }));
            System.out.println("at first " + before);
            System.exit(0);
        }
    }

    /** A signal that came while a machine was being made ended it with a stack trace: "Shutdown in progress". */
    @Test
    void registersNothingMoreOnceTheProcessEnds() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Ending.class.getName())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(said).isEqualTo("at first true\nruns at the end\nand then false\n");
    }

    @Test
    void isTheOnlyPlaceThatRegistersHooks() throws IOException {
        List<String> others = new ArrayList<>();
        for (String module : List.of("schema", "seccomp", "vmm", "runner")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    if (Files.readString(file).contains(".addShutdownHook(")) {
                        others.add(file.getFileName().toString());
                    }
                }
            }
        }
        assertThat(others).containsExactly("EndingSignals.java");
    }
}
