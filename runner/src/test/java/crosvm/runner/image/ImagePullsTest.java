package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pull brings into the cache, and pulls beside each other. */
@Timeout(120)
class ImagePullsTest extends ImageServerFixture {
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
}
