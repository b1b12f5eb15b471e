package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is in the cache later on, and who may have touched it. */
@Timeout(120)
class ImageCacheTest extends ImageServerFixture {
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
