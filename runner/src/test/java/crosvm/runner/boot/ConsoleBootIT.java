package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
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

    /** Echo is off: a guest's kernel echoes a virtio console one character a request, and waits for each. */
    @Test
    void bringsALongPasteWhole() throws IOException {
        Path spec = Lab.spec(dir, "vmlinuz", "quiet crosvm.test=paste crosvm.noecho=1", """
                memory: 256MiB
                console:
                  hvc0: {to: socket, path: hvc.sock}
                """);
        try (Vm vm = Vm.up(spec);
                SocketChannel console = connect(dir.resolve("hvc.sock"))) {
            ByteBuffer said = ByteBuffer.allocate(4096);
            while (!new String(said.array(), 0, said.position(), StandardCharsets.US_ASCII).contains("paste ready")) {
                assertThat(console.read(said)).as(vm.said()).isPositive();
            }
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 1700; i++) {
                text.append("%06d%s\n".formatted(i, "y".repeat(51)));
            }
            ByteBuffer paste = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
            while (paste.hasRemaining()) {
                console.write(paste);
            }
            vm.await("^CROSVM-paste .* all 98600 bytes, 1700 lines, 0 wrong");
            assertThat(vm.status()).as(vm.said()).isZero();
        }
    }

    private static SocketChannel connect(Path socket) throws IOException {
        for (int attempt = 0; ; attempt++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException e) {
                channel.close();
                if (attempt == 600) {
                    throw e;
                }
            }
            LockSupport.parkNanos(100_000_000);
        }
    }
}
