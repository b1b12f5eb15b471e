package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of a few MiB, which a test can fill. Only root can mount one. */
public final class SmallFileSystem implements AutoCloseable {
    private static final int CHUNK = 64 << 10;

    private final Path folder;
    private final Path filler;

    private SmallFileSystem(Path folder) {
        this.folder = folder;
        this.filler = folder.resolve("filler");
    }

    /** Mounts one over a folder; skips the test where that is not allowed. */
    public static SmallFileSystem over(Path folder, int mebibytes) throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can mount");
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "small", folder.toString());
        return new SmallFileSystem(folder);
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.onExit().join().exitValue())
                .as(String.join(" ", command))
                .isZero();
    }

    /** Takes all room that is left. */
    public void fill() throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[CHUNK]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    /** Gives back what {@link #fill} has taken. */
    public void makeRoom() throws IOException {
        Files.delete(filler);
    }

    @Override
    public void close() throws IOException {
        run("umount", "-l", folder.toString());
    }
}
