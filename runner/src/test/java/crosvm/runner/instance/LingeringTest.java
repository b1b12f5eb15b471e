package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LingeringTest {
    @TempDir
    Path root;

    private Finding of(String state) {
        return new Lingering(new StateFolders(root.resolve(state)), root, "ann").look();
    }

    @Test
    void isNeededOnlyWhereLogindRemovesTheFolder() throws IOException {
        assertThat(of("run/user/1000/crosvm").level()).as("no logind").isEqualTo(Finding.Level.OK);
        Files.createDirectories(root.resolve("run/systemd/seats"));
        assertThat(of("tmp/crosvm-1000").level()).isEqualTo(Finding.Level.OK);
        Finding off = of("run/user/1000/crosvm");
        assertThat(off.level()).isEqualTo(Finding.Level.NOTE);
        assertThat(off.found()).contains("at the last logout of ann");
        assertThat(off.fix()).isEqualTo("loginctl enable-linger ann");
    }

    @Test
    void isOnWhenLogindHasTheUsersMark() throws IOException {
        Files.createDirectories(root.resolve("run/systemd/seats"));
        Files.createDirectories(root.resolve("var/lib/systemd/linger"));
        Files.createFile(root.resolve("var/lib/systemd/linger/ann"));
        assertThat(of("run/user/1000/crosvm").level()).isEqualTo(Finding.Level.OK);
    }
}
