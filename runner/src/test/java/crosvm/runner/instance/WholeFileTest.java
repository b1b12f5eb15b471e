package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    private Path folder;

    @Test
    void replacesWhatIsThereAndLeavesNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "old");
        WholeFile.replace(file, "new");
        assertThat(file).content().isEqualTo("new");
        assertThat(folder).isDirectoryContaining("glob:**/a").isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void neverCreatesOverAFileOrALink() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
        for (Path taken : new Path[] {file, link}) {
            assertThatThrownBy(() -> WholeFile.create(taken, "new"))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessage(taken.toString());
        }
        assertThat(file).content().isEqualTo("old");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void writesNothingThroughALinkOfTheTemporaryName() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "mine");
        Files.createSymbolicLink(folder.resolve(".a." + ProcessHandle.current().pid() + ".part"), victim);
        WholeFile.create(folder.resolve("a"), "new");
        assertThat(victim).content().isEqualTo("mine");
        assertThat(folder.resolve("a")).isRegularFile().content().isEqualTo("new");
    }
}
