package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Downloads from servers that break off, redirect, stall or refuse. */
@Timeout(120)
class ImageDownloadTest extends ImageServerFixture {
    private static final Patience IMPATIENT =
            new Patience(Duration.ofSeconds(30), Duration.ofMillis(300), 2, Duration.ofMillis(1));

    @ParameterizedTest
    @CsvSource({
        "404 Not Found, answers 404 (no such file), 1",
        "403 Forbidden, answers 403 (not allowed), 1",
        "503 Busy, answers 503 (the server failed), 2",
        "304 Not Modified, answers 304, 1"
    })
    void tellsWhatAServerAnswers(String status, String message, int requests) throws IOException {
        server.on("/x", (request, out) -> ImageServer.head(out, status, "Content-Length: 0"));
        assertThatThrownBy(() -> pull(source("/x")))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining(message);
        assertThat(server.requests()).hasSize(requests);
        assertThat(files()).isEmpty();
    }

    @Test
    void takesNoMoreThanItsLimitFromAServerThatDoesNotSayHowMuchThereIs() throws IOException {
        server.on("/x", (request, out) -> {
            ImageServer.head(out, "200 OK");
            out.write(image);
        });
        Patience small = new Patience(Duration.ofSeconds(30), Duration.ofSeconds(30), 2, Duration.ofMillis(1), 500_000);
        assertThatThrownBy(() -> pull(small, Map.of(), source("/x")))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("more than 500000 bytes have come, and the server does not say how many");
        assertThat(server.requests()).hasSize(1);
        assertThat(files()).isEmpty();
        pull(SHORT, Map.of(), source("/x"));
        assertThat(cache.file(source("/x"))).hasBinaryContent(image);
    }

    @Test
    void takesNothingFromWhatIsNoFile() throws IOException {
        for (String path : List.of("/dev/zero", home.toString())) {
            ImageSource source = new ImageSource("file://" + path, digest(image));
            assertThatThrownBy(() -> pull(source)).hasMessageContaining(path + ": is not a file");
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void goesOnWhereTheConnectionBrokeOff() throws IOException {
        AtomicInteger attempts = new AtomicInteger();
        server.on("/x", (request, out) -> {
            if (attempts.getAndIncrement() < 3) {
                int from = request.from();
                ImageServer.head(
                        out,
                        request.asksForRange() ? "206 Partial Content" : "200 OK",
                        "Content-Length: " + (image.length - from),
                        "Content-Range: bytes " + from + "-" + (image.length - 1) + "/" + image.length);
                out.write(image, from, 100_000);
            } else {
                ImageServer.send(request, image, out);
            }
        });
        pull(source("/x"));
        assertThat(cache.file(source("/x"))).hasBinaryContent(image);
        // Of the last bytes before a connection's end, the kernel may keep some to itself.
        List<Integer> from =
                server.requests().stream().map(ImageServer.Request::from).toList();
        assertThat(from).hasSize(4).startsWith(0).isSorted().doesNotHaveDuplicates();
        assertThat(from.get(3)).isLessThanOrEqualTo(300_000);
    }

    @Test
    void goesOnWithWhatAKilledPullHasLeft() throws IOException {
        ImageSource source = source("/root.img");
        cache.make();
        Files.write(cache.part(source), java.util.Arrays.copyOf(image, 123_456));
        pull(source);
        assertThat(server.requests())
                .singleElement()
                .satisfies(request -> assertThat(request.from()).isEqualTo(123_456));
        assertThat(cache.file(source)).hasBinaryContent(image);
        assertThat(files()).containsExactly(digest(image), digest(image) + ".json");
    }

    @Test
    void saysWhatIsKeptOfABodyThatIsAlwaysTruncated() throws IOException {
        server.on("/x", (request, out) -> {
            int from = request.from();
            ImageServer.head(
                    out,
                    request.asksForRange() ? "206 Partial Content" : "200 OK",
                    "Content-Length: " + (image.length - from),
                    "Content-Range: bytes " + from + "-" + (image.length - 1) + "/" + image.length);
            out.write(image, from, from == 0 ? 100_000 : 0);
        });
        assertThatThrownBy(() -> pull(source("/x")))
                .isInstanceOf(FailedException.class)
                // It may break off with the answer's head, before anybody has asked for its body.
                .hasMessageContainingAll("the connection ", "100000 bytes are kept");
        assertThat(files()).containsExactly(digest(image) + ".part");
    }

    @Test
    void beginsAnewWhenWhatWasKeptIsWrong() throws IOException {
        ImageSource source = source("/root.img");
        cache.make();
        Files.write(cache.part(source), new byte[5000]);
        pull(source);
        assertThat(cache.file(source)).hasBinaryContent(image);
        assertThat(server.requests().stream().map(ImageServer.Request::from)).containsExactly(5000, 0);
    }

    @ParameterizedTest
    @CsvSource({"200 OK, ''", "206 Partial Content, bytes 0-699999/700000", "416 Range Not Satisfiable, bytes */5"})
    void beginsAnewWithAServerThatCannotGoOn(String status, String range) throws IOException {
        ImageSource source = source("/x");
        cache.make();
        Files.write(cache.part(source), java.util.Arrays.copyOf(image, 1000));
        server.on("/x", (request, out) -> {
            ImageServer.head(
                    out,
                    request.asksForRange() ? status : "200 OK",
                    "Content-Length: " + image.length,
                    "Content-Range: " + range);
            out.write(image);
        });
        pull(source);
        assertThat(cache.file(source)).hasBinaryContent(image);
    }

    @Test
    void followsRedirectsButNotInALoopOrWithoutEnd() throws IOException {
        server.on(
                "/a", (request, out) -> ImageServer.head(out, "302 Found", "Location: /root.img", "Content-Length: 0"));
        server.on(
                "/loop", (request, out) -> ImageServer.head(out, "301 Moved", "Location: /loop2", "Content-Length: 0"));
        server.on(
                "/loop2", (request, out) -> ImageServer.head(out, "307 Moved", "Location: /loop", "Content-Length: 0"));
        server.on(
                "/file",
                (request, out) ->
                        ImageServer.head(out, "302 Found", "Location: file:///etc/passwd", "Content-Length: 0"));
        for (int i = 0; i < 20; i++) {
            String next = "/far" + (i + 1);
            server.on(
                    "/far" + i,
                    (request, out) -> ImageServer.head(out, "302 Found", "Location: " + next, "Content-Length: 0"));
        }
        assertThatThrownBy(() -> pull(source("/loop")))
                .hasMessageContaining("redirects in a loop, back to " + server.url("/loop"));
        assertThatThrownBy(() -> pull(source("/far0"))).hasMessageContaining("redirects more than 10 times");
        assertThatThrownBy(() -> pull(source("/file"))).hasMessageContaining("file:///etc/passwd");
        assertThat(files()).isEmpty();
        pull(source("/a"));
        assertThat(cache.file(source("/a"))).hasBinaryContent(image);
    }

    @Test
    void endsWithAServerThatStallsBeforeItsAnswerOrInTheBody() throws IOException {
        server.on("/silent", (request, out) -> {
            ImageServer.head(out, "200 OK", "Content-Length: 700000");
            out.write(image, 0, 10);
            out.flush();
            server.hang();
        });
        assertThatThrownBy(() -> pull(IMPATIENT, Map.of(), source("/silent")))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll("has sent nothing for 0.3 s", "10 bytes are kept");
        server.on("/mute", (request, out) -> server.hang());
        Patience mute = new Patience(Duration.ofMillis(300), Duration.ofMillis(300), 1, Duration.ofMillis(1));
        ImageSource other = new ImageSource(server.url("/mute"), "1".repeat(64));
        assertThatThrownBy(() -> pull(mute, Map.of(), other)).hasMessageContaining("the server does not answer");
        assertThat(files()).containsExactly(digest(image) + ".part");
    }

    @Test
    void tellsOfAServerThatIsNotThere() throws IOException {
        ImageSource source = source("/root.img");
        server.close();
        assertThatThrownBy(() -> pull(source)).hasMessageContaining("no connection to the server");
        ImageSource unknown = new ImageSource("http://host.invalid/root.img", digest(image));
        assertThatThrownBy(() -> pull(unknown)).hasMessageContaining("http://host.invalid/root.img: ");
        assertThat(files()).isEmpty();
    }

    @Test
    void goesThroughTheProxyOfTheEnvironmentUnlessTheHostIsExempt() throws IOException {
        server.serve("http://images.invalid/root.img", image);
        ImageSource source = new ImageSource("http://images.invalid/root.img", digest(image));
        String proxy = server.url("");
        assertThatThrownBy(() -> pull(SHORT, Map.of("http_proxy", proxy, "no_proxy", "a.b, .invalid"), source))
                .isInstanceOf(FailedException.class);
        assertThat(server.requests()).isEmpty();
        pull(SHORT, Map.of("http_proxy", proxy, "no_proxy", "example.org"), source);
        assertThat(cache.file(source)).hasBinaryContent(image);
    }
}
