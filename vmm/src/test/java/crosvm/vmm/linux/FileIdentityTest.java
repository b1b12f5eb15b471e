package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIdentityTest {
    @TempDir
    private Path folder;

    @Test
    void staysAFilesOwnWhenTheFileIsRenamed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        FileIdentity before = FileIdentity.at(file);
        Path moved = Files.move(file, folder.resolve("moved"));
        assertThat(before).isNotNull().isEqualTo(FileIdentity.at(moved));
        assertThat(FileIdentity.at(file)).as("nothing is there").isNull();
        Files.createFile(file);
        assertThat(FileIdentity.at(file)).isNotNull().isNotEqualTo(before);
    }

    @Test
    void takesALinkForAFileOfItsOwn() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertThat(FileIdentity.at(link)).isNotNull().isNotEqualTo(FileIdentity.at(file));
    }
}
