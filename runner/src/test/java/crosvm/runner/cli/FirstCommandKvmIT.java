package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's first command, as it stands there, in a clone that nobody but its owner can enter. */
class FirstCommandKvmIT {
    private static final Path PROGRAM = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath()
            .normalize();

    /** runner/target/crosvm/bin/crosvm of the project's folder. */
    private static final int DEPTH = 5;

    private static final String ORDINARY = "1234";

    @TempDir
    Path outside;

    private Path clone;
    private String command;

    @BeforeEach
    void cloneTheProject() throws Exception {
        Path project = PROGRAM;
        for (int i = 0; i < DEPTH; i++) {
            project = project.getParent();
        }
        Matcher readme = Pattern.compile("^mvn .* package && (\\S+ up \\S+)$", Pattern.MULTILINE)
                .matcher(Files.readString(project.resolve("README.md")));
        assertThat(readme.find()).as("README.md has its first command").isTrue();
        command = readme.group(1);
        clone = Files.createDirectory(outside.resolve("home"));
        Path program = clone.resolve(project.relativize(PROGRAM)).getParent().getParent();
        run(List.of("mkdir", "-p", program.getParent().toString()));
        run(List.of("cp", "-a", PROGRAM.getParent().getParent().toString(), program.toString()));
        run(List.of("cp", "-a", project.resolve("examples").toString(), clone.toString()));
        Files.setPosixFilePermissions(clone, PosixFilePermissions.fromString("rwx------"));
    }

    private String run(List<String> words) throws Exception {
        Path out = Files.createTempFile(outside, "out", "");
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(clone.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("HOME", clone.toString());
        builder.environment().keySet().removeAll(List.of("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "CROSVM_JAVA_OPTS"));
        builder.environment().put("CROSVM_NO_ARCHIVE", "1");
        Process process = builder.start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(out);
        assertThat(process.exitValue()).as("%s: %s", words, text).isZero();
        return text;
    }

    private static boolean root() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    @Test
    void bootsTheGuestFromAFolderThatOnlyItsOwnerCanEnter() throws Exception {
        assertThat(run(List.of("sh", "-c", command))).contains("Hello from a guest", "random bytes", "Goodbye.");
    }

    @Test
    void bootsTheGuestFromFilesThatOnlyTheirOwnerCanRead() throws Exception {
        run(List.of("chmod", "-R", "go=", clone.toString()));
        assertThat(run(List.of("sh", "-c", command))).contains("Hello from a guest", "random bytes", "Goodbye.");
    }

    @Test
    void bootsTheGuestForAnOrdinaryUserFromHisHome() throws Exception {
        assumeTrue(root(), "only root can become somebody else");
        run(List.of("chmod", "o+x", outside.toString()));
        run(List.of("chown", "-R", ORDINARY + ":" + ORDINARY, clone.toString()));
        // A /dev/kvm that he may open, seen by him alone.
        String asUser =
                "mount -t tmpfs -o mode=755 dev /mnt && mknod -m 666 /mnt/kvm c 10 232 && mount --bind /mnt/kvm /dev/kvm"
                        + " && exec setpriv --reuid=" + ORDINARY + " --regid=" + ORDINARY + " --clear-groups "
                        + command;
        List<String> words = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", asUser));
        assertThat(run(words)).contains("Hello from a guest", "random bytes", "Goodbye.");
    }

    @Test
    void bootsTheGuestForRootFromSomebodyElsesHome() throws Exception {
        assumeTrue(root(), "only root can enter somebody else's home");
        run(List.of("chown", "-R", ORDINARY + ":" + ORDINARY, clone.toString()));
        run(List.of("chmod", "-R", "go=", clone.toString()));
        assertThat(run(List.of("sh", "-c", command))).contains("Hello from a guest", "random bytes", "Goodbye.");
    }
}
