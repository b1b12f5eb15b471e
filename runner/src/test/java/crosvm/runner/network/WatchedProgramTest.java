package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a network's programs and what they say. */
class WatchedProgramTest {
    private static final long MUCH = 8 << 20;

    @TempDir
    private Path folder;

    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    @Test
    void saysMoreThanItsLogMayHoldWithoutEnd() throws Exception {
        Path log = folder.resolve("log");
        Path said = folder.resolve("said");
        String script = "head -c " + MUCH + " /dev/zero; : > " + said + "; exec sleep 1000";
        WatchedProgram program = new WatchedProgram(
                "talker", log, file -> NetworkRoom.startHere(List.of("/bin/sh", "-c", script), file), told::add);
        program.begin();
        try {
            for (int i = 0; i < 1200 && !(Files.exists(said) && size(log) < MUCH); i++) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertThat(said).exists();
            assertThat(log).isEmptyFile();
            assertThat(told).isEmpty();
        } finally {
            program.stop();
        }
    }
}
