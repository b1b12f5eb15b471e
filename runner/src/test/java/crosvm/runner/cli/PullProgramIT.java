package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a pull whose process is killed, or whose disk is full: only a process of its own can show that. */
class PullProgramIT {
    private static final int SIZE = 8 << 20;
    private static final String ZEROS = "2daeb1f36095b44b318410b3f4e8b5d989dcc7bb023d1426c492dab0a3053e74";

    @TempDir
    Path folder;

    private static void spec(Path folder, String url) throws IOException {
        Files.writeString(folder.resolve("vm.yaml"), """
                kernel: {builtin: hello}
                disks:
                  - {id: root, source: {url: "%s", sha256: %s}}
                """.formatted(url, ZEROS));
    }

    private Path cache() {
        return folder.resolve("cache/crosvm/images");
    }

    private java.util.List<String> images() throws IOException {
        try (Stream<Path> files = Files.list(cache())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void keepsNothingWhenTheFileCannotBeWritten() throws Exception {
        try (RandomAccessFile image =
                new RandomAccessFile(folder.resolve("root.img").toFile(), "rw")) {
            image.setLength(SIZE);
        }
        spec(folder, "file://" + folder.resolve("root.img"));
        // As with a full disk, a write fails in the middle: no file may be longer than 2 MiB (ulimit counts 512 bytes).
        Program.Result result = Program.script(folder, "ulimit -f 4096; exec \"$crosvm\" pull");
        assertThat(result.status()).as(result.err()).isEqualTo(1);
        assertThat(result.err()).contains("cannot be written to " + cache());
        assertThat(result.err().lines()).hasSize(1);
        assertThat(images()).isEmpty();
    }

    /** The first connection gets half of the image and then nothing more; the second one what it asks for. */
    @Test
    void goesOnAfterKillNine() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            spec(folder, "http://127.0.0.1:" + server.getLocalPort() + "/root.img");
            StringBuffer ranges = new StringBuffer();
            Thread thread = new Thread(() -> serve(server, ranges), "server");
            thread.setDaemon(true);
            thread.start();
            Program.Result killed = Program.script(folder, """
                    "$crosvm" pull &
                    until [ "$(stat -c %s cache/crosvm/images/*.part 2>/dev/null || echo 0)" -ge 4194304 ]; do sleep 0.1; done
                    kill -9 $!
                    wait $!
                    """);
            assertThat(killed.status()).as(killed.err()).isEqualTo(128 + 9);
            assertThat(images()).containsExactly(ZEROS + ".part");
            Program.Result again = Program.script(folder, "\"$crosvm\" pull");
            assertThat(again.out()).as(again.err()).isEqualTo("1 image by URL in the specs, 1 pulled\n");
            assertThat(images()).containsExactly(ZEROS, ZEROS + ".json");
            assertThat(ranges.toString()).isEqualTo("none bytes=4194304- ");
        }
    }

    private static void serve(ServerSocket server, StringBuffer ranges) {
        try {
            while (true) {
                Socket client = server.accept();
                byte[] request = new byte[4096];
                int length = client.getInputStream().read(request);
                String text = new String(request, 0, length, StandardCharsets.ISO_8859_1);
                String range = text.replaceFirst("(?s).*\r\n[Rr]ange: ([^\r]*).*", "$1");
                boolean first = range.equals(text);
                ranges.append(first ? "none" : range).append(' ');
                OutputStream out = client.getOutputStream();
                out.write((first
                                ? "HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n"
                                : "HTTP/1.1 206 Partial Content\r\nContent-Length: " + SIZE / 2
                                        + "\r\nContent-Range: bytes " + SIZE / 2 + "-" + (SIZE - 1) + "/" + SIZE
                                        + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
                out.write(new byte[SIZE / 2]);
                out.flush();
            }
        } catch (IOException e) {
            return; // The test is over, or its client was killed.
        }
    }
}
