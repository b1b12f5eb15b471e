package crosvm.runner.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootFoldersTest {
    @TempDir
    Path home;

    private BootFolders folders = new BootFolders(ImageCache.of(Map.of()));

    @BeforeEach
    void inACache() {
        folders = new BootFolders(ImageCache.of(Map.of("XDG_CACHE_HOME", home.toString())));
    }

    /** An image, and the folder of what was copied out of it. */
    private Path image(String name) throws IOException {
        Path folder = folders.of(Files.writeString(home.resolve(name), name));
        Files.write(folder.resolve("kernel"), new byte[1000]);
        return folder;
    }

    @Test
    void hasOneFolderForEachImageHoweverThatIsNamed() throws IOException {
        Path folder = image("a.img");
        Path link = Files.createSymbolicLink(home.resolve("link"), home.resolve("a.img"));
        assertThat(folders.of(link)).isEqualTo(folder);
        assertThat(folders.of(Files.createFile(home.resolve("b.img")))).isNotEqualTo(folder);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void removesTheFoldersOfImagesThatAreNotKeptAlsoOfThoseThatAreGone() throws IOException {
        Path kept = image("kept.img");
        Path unused = image("unused.img");
        Path gone = image("gone.img");
        Path busy = image("busy.img");
        Files.delete(home.resolve("gone.img"));
        Files.createFile(busy.resolve("initrd." + ProcessHandle.current().pid() + ".new"));
        Files.createFile(gone.resolve("initrd.999999999.new"));
        Path strange = Files.createDirectory(unused.resolveSibling("strange"));
        assertThat(folders.prune(List.of(home.resolve("kept.img"), home.resolve("never-was.img"))))
                .extracting(CachedFile::path)
                .containsExactlyInAnyOrder(unused, gone);
        assertThat(List.of(kept.resolve("kernel"), busy.resolve("kernel"), strange))
                .allMatch(Files::exists);
        assertThat(List.of(unused, gone)).noneMatch(Files::exists);
    }

    @Test
    void tellsWhichImageAFolderBelongedTo() throws IOException {
        image("a.img");
        assertThat(folders.prune(List.of())).singleElement().satisfies(removed -> {
            assertThat(removed.url())
                    .isEqualTo(home.resolve("a.img").toRealPath().toString());
            assertThat(removed.bytes()).isGreaterThan(1000);
        });
        assertThat(folders.prune(List.of())).isEmpty();
    }
}
