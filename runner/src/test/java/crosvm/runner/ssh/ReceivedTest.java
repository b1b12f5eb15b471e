package crosvm.runner.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a hostile guest could send in an archive. */
class ReceivedTest {
    @TempDir
    private Path folder;

    private final List<String> told = new ArrayList<>();
    private Path part;

    @BeforeEach
    void makesPart() throws IOException {
        part = Files.createDirectory(folder.resolve("part"));
    }

    private Received received() {
        return new Received(part, told::add);
    }

    @Test
    void dropsSetIdBitsAndKeepsTheOtherModes() throws IOException {
        Path program = Files.writeString(part.resolve("su"), "#!/bin/sh\n");
        Files.setAttribute(program, "unix:mode", 06755);
        Path secret = Files.writeString(part.resolve("secret"), "");
        Files.setAttribute(secret, "unix:mode", 0600);
        received().makeHarmless();
        assertThat((Integer) Files.getAttribute(program, "unix:mode") & 07777).isEqualTo(0755);
        assertThat((Integer) Files.getAttribute(secret, "unix:mode") & 07777).isEqualTo(0600);
    }

    @Test
    void leavesOutPipesAndSaysSo() throws Exception {
        Process mkfifo =
                new ProcessBuilder("mkfifo", part.resolve("pi\n\u202epe").toString()).start();
        assertThat(mkfifo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        received().makeHarmless();
        assertThat(part).isEmptyDirectory();
        assertThat(told).containsExactly("pi??pe: is a device, a pipe or a socket; not copied");
    }

    /** The second copy of a folder in which the first has left a link out of it. */
    @Test
    void followsNoLinkThatAnEarlierCopyHasLeft() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.createSymbolicLink(target.resolve("link"), outside);
        Files.writeString(Files.createDirectory(part.resolve("link")).resolve("authorized_keys"), "evil");
        assertThatThrownBy(() -> received().placeFolder(target))
                .isInstanceOf(FailedException.class)
                .hasMessage(target.resolve("link") + ": exists and is not a folder; not overwritten");
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void replacesALinkAndNotWhatItLeadsTo() throws IOException {
        Path outside = Files.writeString(folder.resolve("outside"), "mine");
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.createSymbolicLink(target.resolve("log"), outside);
        Files.writeString(part.resolve("log"), "guest's");
        received().placeFolder(target);
        assertThat(outside).hasContent("mine");
        assertThat(target.resolve("log")).hasContent("guest's");
        assertThat(Files.isSymbolicLink(target.resolve("log"))).isFalse();
    }

    @Test
    void takesNoOtherFileThanTheOneAskedFor() throws IOException {
        Files.writeString(part.resolve(".bashrc"), "evil");
        assertThatThrownBy(() -> received().placeFile("log", folder.resolve("log")))
                .hasMessageContaining("something else than was asked for");
        Files.writeString(part.resolve("log"), "");
        assertThatThrownBy(() -> received().placeFile("log", folder.resolve("log")))
                .hasMessageContaining("something else than was asked for");
        assertThat(folder.resolve("log")).doesNotExist();
    }

    @Test
    void removesWhatIsLeftAlsoBelowFoldersThatMayNotBeRead() throws IOException {
        Path closed = Files.createDirectory(part.resolve("closed"));
        Files.writeString(closed.resolve("file"), "");
        Files.setAttribute(closed, "unix:mode", 0);
        Received.delete(part);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    /** With the folder that it is unpacked in, a path that an archive may hold is longer than the kernel takes one. */
    @Test
    void removesWhatIsLeftAlsoBelowPathsThatAreTooLong() throws Exception {
        String descend = "i=0; while [ $i -lt 50 ]; do mkdir $1 && cd -P $1 || exit 1; i=$((i+1)); done; : >file";
        Process process = new ProcessBuilder("/bin/sh", "-c", descend, "sh", "d".repeat(200))
                .directory(part.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        Received.delete(part);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void findsTheNameOfWhatIsCopied() {
        assertThat(Stream.of("/var/log", "/var/log/", "log", "/var/log/.", "a/b//", "/", ".", "..", "")
                        .map(CopyOut::base))
                .containsExactly("log", "log", "log", "log", "b", "", "", "", "");
    }
}
