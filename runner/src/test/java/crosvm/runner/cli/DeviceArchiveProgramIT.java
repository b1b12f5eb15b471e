package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.hosting.DeviceTraining;
import crosvm.vmm.jail.JvmCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The class archive of device processes, with the command line that they get. */
class DeviceArchiveProgramIT {
    private static final Path LIB = Path.of(System.getProperty("crosvm.launcher", "target/crosvm/bin/crosvm"))
            .toAbsolutePath()
            .resolveSibling("../lib")
            .normalize();

    /** As the launcher sets them. */
    private static final Map<String, String> PROPERTIES = Map.of(
            "java.class.path",
            LIB.resolve("crosvm-runner.jar").toString(),
            "jna.boot.library.path",
            LIB + "/native/com/sun/jna/linux-x86-64",
            "jna.nounpack",
            "true",
            "jna.noclasspath",
            "true",
            "jna.platform.library.path",
            "/lib/x86_64-linux-gnu:/lib64");

    private final Properties before = (Properties) System.getProperties().clone();

    @TempDir
    Path folder;

    @BeforeEach
    void isStartedAsTheLauncherDoesIt() throws Exception {
        String build = ".*-\\Q" + System.getProperty("java.runtime.version") + "\\E\\.jsa\\.device";
        try (Stream<Path> archives = Files.list(LIB.resolve("archive"))) {
            Path archive = archives.filter(file -> file.toString().matches(build))
                    .findFirst()
                    .orElseThrow();
            System.setProperty("crosvm.archive.device", archive.toString());
        }
        PROPERTIES.forEach(System::setProperty);
    }

    @AfterEach
    void forgetsIt() {
        System.setProperties(before);
    }

    /** One class that is not in it would have its jar read, and its pages would be each process's own. */
    @Test
    void hasAllClassesOfTheRehearsal() throws Exception {
        Path log = folder.resolve("classes");
        List<String> command = new ArrayList<>(
                JvmCommand.of(8, List.of("-Xlog:class+load:file=" + log), DeviceTraining.class, List.of()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("out")))
                .isZero();
        List<String> loaded = Files.readAllLines(log);
        assertThat(loaded)
                .anyMatch(line -> line.contains("crosvm.vmm.device.blk.BlkDevice source: shared objects file"));
        assertThat(loaded.stream()
                        .filter(line ->
                                line.contains("source: file:") || line.contains("BootstrapLogger$DetectBackend")))
                .isEmpty();
    }
}
