package crosvm.runner.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallersGroupTest {
    private static final int CALLER = 7;

    @TempDir
    Path folder;

    private boolean isHeldNoMore(String theirs, String ours) throws IOException {
        Files.createDirectories(folder.resolve("proc/self"));
        Files.createDirectories(folder.resolve("proc/" + CALLER));
        Files.writeString(folder.resolve("proc/self/cgroup"), ours);
        Files.writeString(folder.resolve("proc/" + CALLER + "/cgroup"), theirs);
        return new CallersGroup(folder.resolve("proc"), folder.resolve("cgroup")).isHeldNoMoreThanWe(CALLER);
    }

    private void group(String path, String file, String value) throws IOException {
        Path group = Files.createDirectories(folder.resolve("cgroup").resolve(path));
        Files.writeString(group.resolve(file), value + "\n");
    }

    @Test
    void aSessionWithoutLimitsIsAsGoodAsTheServersOwn() throws IOException {
        group("user/session", "memory.max", "max");
        group("user/session", "cpu.max", "max 100000");
        group("user/session", "io.max", "");
        group("user", "memory.max", "1000000");
        group("user/manager/serve", "memory.max", "max");
        assertThat(isHeldNoMore("0::/user/session\n", "0::/user/manager/serve\n"))
                .isTrue();
    }

    @Test
    void aLimitThatTheServerDoesNotHaveRefuses() throws IOException {
        group("user/session/job", "pids.max", "max");
        group("user/session", "memory.max", "1000000");
        assertThat(isHeldNoMore("0::/user/session/job\n", "0::/user/manager\n")).isFalse();
        group("user/session", "memory.max", "max");
        assertThat(isHeldNoMore("0::/user/session/job\n", "0::/user/manager\n")).isTrue();
        group("user/session/job", "cpu.max", "50000 100000");
        assertThat(isHeldNoMore("0::/user/session/job\n", "0::/user/manager\n")).isFalse();
    }

    @Test
    void aGroupThatCannotBeComparedRefuses() throws IOException {
        assertThat(isHeldNoMore("0::/gone\n", "0::/\n")).isFalse();
        assertThat(isHeldNoMore("0::/../../elsewhere\n", "0::/x\n")).isFalse();
        assertThat(isHeldNoMore("1:memory:/a\n0::/\n", "1:memory:/b\n0::/\n")).isFalse();
        assertThat(isHeldNoMore("1:memory:/a\n0::/\n", "1:memory:/a\n0::/\n")).isTrue();
    }
}
