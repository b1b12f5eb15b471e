package crosvm.runner.image;

import crosvm.schema.model.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with an image, and an empty cache to pull it into. */
abstract class ImageServerFixture {
    static final Patience SHORT = new Patience(Duration.ofSeconds(30), Duration.ofSeconds(30), 2, Duration.ofMillis(1));

    @TempDir
    Path home;

    final byte[] image = new byte[700_000];
    final List<String> told = Collections.synchronizedList(new ArrayList<>());
    ImageServer server;
    ImageCache cache;

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

    ImageSource source(String path) {
        return new ImageSource(server.url(path), digest(image));
    }

    static String digest(byte[] bytes) {
        var digest = Sha256.begin();
        digest.update(bytes);
        return Sha256.end(digest);
    }

    void pull(ImageSource... sources) {
        pull(SHORT, Map.of(), sources);
    }

    void pull(Patience patience, Map<String, String> environment, ImageSource... sources) {
        new ImagePulls(cache, environment, patience).pull(List.of(sources), told::add);
    }

    List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(cache.folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
