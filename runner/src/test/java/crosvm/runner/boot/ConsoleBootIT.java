package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The virtio console of a stock kernel on a terminal, while its serial port leads to a file. */
class ConsoleBootIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private Path dir;

    @Test
    void carriesInputMuchOutputAndTheTerminalsSizeWhileKernelMessagesGoToAFile() throws IOException {
        Path spec = Lab.spec(dir, "vmlinuz", "crosvm.test=hvc", """
                memory: 256MiB
                console:
                  com1: {to: file, path: com1.log}
                  hvc0: terminal
                """);
        Path user = Files.writeString(dir.resolve("user.sh"), """
                tty > tty
                stty cols 101 rows 31
                %s up %s
                """.formatted(Lab.launcher(), spec));
        try (Vm vm =
                Vm.start(Path.of(System.getProperty("java.home")), dir, "script", "-qefc", "sh " + user, "/dev/null")) {
            vm.await("CROSVM-size 31 101");
            vm.type("typed\r");
            vm.await("CROSVM-got typed", SOON);
            vm.await("CROSVM-END bulk", SOON);
            assertThat(vm.console().section("bulk"))
                    .isEqualTo(IntStream.rangeClosed(100_000, 140_000)
                            .mapToObj(String::valueOf)
                            .toList());
            Lab.command("stty", "-F", Files.readString(dir.resolve("tty")).strip(), "cols", "132", "rows", "43");
            vm.await("CROSVM-resized 43 132", SOON);
            assertThat(vm.endsWithin(SOON)).isTrue();
        }
        List<String> messages = Files.readAllLines(dir.resolve("com1.log"));
        assertThat(messages).anyMatch(line -> line.contains("Linux version"));
        assertThat(messages).anyMatch(line -> line.contains("CROSVM-hvc done"));
    }
}
