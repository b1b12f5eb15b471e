package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ImagePullsTest {
    private static final Patience SHORT =
            new Patience(Duration.ofSeconds(30), Duration.ofSeconds(30), 2, Duration.ofMillis(1));
    private static final Patience IMPATIENT =
            new Patience(Duration.ofSeconds(30), Duration.ofMillis(300), 2, Duration.ofMillis(1));

    @TempDir
    Path home;

    private final byte[] image = new byte[700_000];
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());
    private ImageServer server;
    private ImageCache cache;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(image);
        server = new ImageServer().serve("/root.img", image);
        cache = ImageCache.of(Map.of("XDG_CACHE_HOME", home.toString()));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private ImageSource source(String path) {
        return new ImageSource(server.url(path), digest(image));
    }

    private static String digest(byte[] bytes) {
        var digest = Sha256.begin();
        digest.update(bytes);
        return Sha256.end(digest);
    }

    private void pull(ImageSource... sources) {
        pull(SHORT, Map.of(), sources);
    }

    private void pull(Patience patience, Map<String, String> environment, ImageSource... sources) {
        new ImagePulls(cache, environment, patience).pull(List.of(sources), told::add);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(cache.folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void pullsOnceAndThenAsksNobody() throws IOException {
        ImageSource source = source("/root.img");
        ImagePulls pulls = new ImagePulls(cache, Map.of(), SHORT);
        assertThat(pulls.missing(List.of(source, source), told::add)).containsExactly(source);
        pull(source);
        assertThat(cache.find(source, told::add)).isEqualTo(cache.folder().resolve(digest(image)));
        assertThat(cache.file(source)).hasBinaryContent(image);
        assertThat(files()).containsExactly(digest(image), digest(image) + ".json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.file(source))))
                .isEqualTo("r--------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache.folder())))
                .isEqualTo("rwx------");
        assertThat(pulls.missing(List.of(source), told::add)).isEmpty();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void pullsFromAFileOfTheHost() throws IOException {
        Path file = Files.write(home.resolve("an image.img"), image);
        ImageSource source =
                new ImageSource(file.toUri().toString(), digest(image).toUpperCase(java.util.Locale.ROOT));
        pull(source);
        assertThat(cache.file(source)).hasBinaryContent(image);
        ImageSource absent = new ImageSource("file:///no/such.img", "a".repeat(64));
        assertThatThrownBy(() -> pull(absent))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("file:///no/such.img");
    }

    @Test
    void refusesAnotherDigestAndKeepsNothing() throws IOException {
        ImageSource source = new ImageSource(server.url("/root.img"), "0".repeat(64));
        assertThatThrownBy(() -> pull(source))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll(server.url("/root.img"), "0".repeat(64), digest(image), "700000 bytes");
        assertThat(files()).isEmpty();
    }

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
                .hasMessageContainingAll("broke off", "100000 bytes are kept");
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
    void refusesAtOnceWhatTheDiskHasNoRoomFor() throws IOException {
        server.on("/x", (request, out) -> ImageServer.head(out, "200 OK", "Content-Length: " + (1L << 60)));
        assertThatThrownBy(() -> pull(source("/x")))
                .hasMessageContainingAll(
                        "no space left on device",
                        String.valueOf(1L << 60),
                        cache.folder().toString());
        assertThat(files()).isEmpty();
    }

    @Test
    void pullsOneImageOnceForTwoThatWantIt() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        server.on("/slow", (request, out) -> {
            arrived.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ImageServer.send(request, image, out);
        });
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        Thread[] both = new Thread[2];
        for (int i = 0; i < 2; i++) {
            both[i] = new Thread(() -> pull(source("/slow")));
            both[i].setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        }
        both[0].start();
        assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
        both[1].start();
        while (told.stream().noneMatch(line -> line.contains("another crosvm is pulling it"))) {
            Thread.sleep(10);
        }
        go.countDown();
        both[0].join();
        both[1].join();
        assertThat(failures).isEmpty();
        assertThat(server.requests()).hasSize(1);
        assertThat(cache.file(source("/slow"))).hasBinaryContent(image);
        assertThat(files()).containsExactly(digest(image), digest(image) + ".json");
    }

    @Test
    void pullsSeveralAtOnceAndTellsOfEachThatFailed() throws Exception {
        CountDownLatch together = new CountDownLatch(2);
        byte[] other = "other".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        for (byte[] body : List.of(image, other)) {
            server.on("/" + body.length, (request, out) -> {
                together.countDown();
                try {
                    assertThat(together.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ImageServer.send(request, body, out);
            });
        }
        ImageSource first = new ImageSource(server.url("/700000"), digest(image));
        ImageSource second = new ImageSource(server.url("/5"), digest(other));
        ImageSource absent = new ImageSource(server.url("/absent"), "a".repeat(64));
        ImageSource absentToo = new ImageSource(server.url("/absent2"), "b".repeat(64));
        assertThatThrownBy(() -> pull(first, second, absent, absentToo))
                .hasMessageContainingAll("/absent: the server", "\n" + server.url("/absent2"));
        assertThat(cache.file(first)).hasBinaryContent(image);
        assertThat(cache.file(second)).hasBinaryContent(other);
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

    @Test
    void looksAgainAtAFileThatHasChangedAndRemovesADamagedOne() throws IOException {
        ImageSource source = source("/root.img");
        pull(source);
        Path file = cache.file(source);
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(cache.find(source, told::add)).isEqualTo(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
        told.clear();
        assertThat(cache.find(source, told::add)).isNull();
        assertThat(told).singleElement().asString().contains(server.url("/root.img"), "was damaged");
        assertThat(files()).isEmpty();
    }

    @Test
    void looksAgainAfterABootOfTheHost() throws IOException {
        ImageSource source = source("/root.img");
        pull(source);
        Path record = cache.folder().resolve(digest(image) + ".json");
        String now = Files.readString(record);
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        assertThat(now).contains(boot);
        String before = now.replace(boot, "00000000-0000-0000-0000-000000000000");
        Files.writeString(record, before);
        assertThat(cache.find(source, told::add)).isNotNull();
        assertThat(record).hasContent(now.strip());
    }

    @Test
    void refusesACacheThatOthersCanWriteToOrThatIsALink() throws IOException {
        pull(source("/root.img"));
        Files.setPosixFilePermissions(cache.folder(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> cache.find(source("/root.img"), told::add))
                .hasMessageContaining("can be written by other users");
        assertThatThrownBy(() -> pull(source("/other"))).hasMessageContaining("can be written by other users");
        Path link = Files.createSymbolicLink(home.resolve("link"), Files.createDirectory(home.resolve("real")));
        ImageCache linked = ImageCache.of(Map.of("XDG_CACHE_HOME", link.toString()));
        assertThatThrownBy(() -> new ImagePulls(linked, Map.of(), SHORT).pull(List.of(source("/root.img")), told::add))
                .hasMessageContaining("is a link");
    }

    @Test
    void saysWhatIsMissingWithoutAHome() {
        assertThatThrownBy(() ->
                        ImageCache.of(Map.of("XDG_CACHE_HOME", "relative")).folder())
                .hasMessageContaining("HOME is not set");
        assertThat(ImageCache.of(Map.of("HOME", "/home/me")).folder())
                .isEqualTo(Path.of("/home/me/.cache/crosvm/images"));
    }

    @Test
    void removesWhatIsNotKeptAndNotBeingPulled() throws IOException {
        byte[] other = {1, 2, 3};
        server.serve("/other", other);
        ImageSource kept = source("/root.img");
        ImageSource unused = new ImageSource(server.url("/other"), digest(other));
        pull(kept, unused);
        Path stale = Files.write(cache.folder().resolve("c".repeat(64) + ".part"), new byte[10]);
        Files.write(cache.folder().resolve("c".repeat(64) + ".unpacked.new"), new byte[10]);
        Path busy = cache.folder().resolve("d".repeat(64) + ".part");
        CacheFiles files = new CacheFiles(cache);
        assertThat(files.all().stream().map(CachedFile::url)).contains(server.url("/root.img"), server.url("/other"));
        try (PartFile held = PartFile.tryOpen(busy)) {
            held.append(java.nio.ByteBuffer.wrap(new byte[] {1}));
            assertThat(files.prune(java.util.Set.of(digest(image))).stream().map(CachedFile::path))
                    .containsExactlyInAnyOrder(cache.file(unused), stale);
            assertThat(files())
                    .containsExactlyInAnyOrder(
                            digest(image),
                            digest(image) + ".json",
                            busy.getFileName().toString());
        }
    }
}
