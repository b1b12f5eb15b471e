package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFoldersTest {
    @TempDir
    private Path runtime;

    @Test
    void standBelowTheRuntimeFolderOfTheEnvironment() {
        assertThat(StateFolders.of(Map.of("XDG_RUNTIME_DIR", "/run/user/7")).path())
                .isEqualTo(Path.of("/run/user/7/crosvm"));
    }

    @Test
    void carryTheUsersNumberWithoutOne() throws IOException {
        Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assertThat(StateFolders.of(Map.of()).path().toString())
                .isIn("/run/user/" + user + "/crosvm", "/tmp/crosvm-" + user);
        assertThat(StateFolders.of(Map.of("XDG_RUNTIME_DIR", ""))).isEqualTo(StateFolders.of(Map.of()));
    }

    @Test
    void listNothingWhereNothingIs() {
        assertThat(new StateFolders(runtime.resolve("crosvm")).all()).isEmpty();
    }

    @Test
    void listWhatLeftATraceByNameAndPassOverWhatMakesNoSense() throws IOException {
        StateFolders folders = new StateFolders(runtime.resolve("crosvm"));
        for (String name : List.of("web", "db")) {
            try (NameLock claim = NameLock.take(folders, name)) {
                claim.write(States.dead(name, Phase.ENDED, 0));
            }
        }
        Files.createDirectories(folders.path().resolve("empty"));
        Files.writeString(folders.path().resolve("a-file"), "x");
        Files.writeString(Files.createDirectories(folders.of("torn").path()).resolve("state.json"), "{\"format\":");
        Files.writeString(
                Files.createDirectories(folders.of("moved").path()).resolve("state.json"),
                States.dead("web", Phase.ENDED, 0).toJson());
        assertThat(folders.all()).extracting(state -> state.launch().name()).containsExactly("db", "web");
    }

    private void isRefused(String reason) {
        assertThatThrownBy(() -> StateFolders.of(Map.of("XDG_RUNTIME_DIR", runtime.toString())))
                .isInstanceOf(FailedException.class)
                .hasMessageStartingWith(runtime.resolve("crosvm") + ": " + reason)
                .hasMessageContaining("XDG_RUNTIME_DIR");
    }

    @Test
    void areNotBelievedWhereOthersMayWrite() throws IOException {
        Path folder = Files.createDirectory(runtime.resolve("crosvm"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        isRefused("can be written by other users");
    }

    @Test
    void areNotBelievedThroughALink() throws IOException {
        Path elsewhere = Files.createDirectory(runtime.resolve("elsewhere"));
        Files.createSymbolicLink(runtime.resolve("crosvm"), elsewhere);
        isRefused("is not a folder");
    }

    @Test
    void areNotBelievedWhenTheyAreAnotherUsers() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root gives files away");
        Path folder = Files.createDirectory(runtime.resolve("crosvm"));
        Files.setAttribute(folder, "unix:uid", 65534);
        isRefused("belongs to another user");
    }
}
