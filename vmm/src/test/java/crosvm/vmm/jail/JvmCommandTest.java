package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.LibraryLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmCommandTest {
    private static final String RELOCATION = "crosvm.archive.relocation";

    private static List<String> command() {
        return JvmCommand.of(8, List.of("-Dx=y"), JvmCommandTest.class, List.of("word"));
    }

    @AfterEach
    void forgetTheSwitch() {
        System.clearProperty(RELOCATION);
    }

    @Test
    void endsWithClassPathClassAndArguments() {
        List<String> command = command();
        int classPath = command.indexOf("-cp");
        assertThat(command.get(0)).endsWith("/bin/java");
        assertThat(command.subList(0, classPath)).contains("-Xmx8m", "-Dx=y").doesNotContain("word");
        assertThat(command.subList(classPath + 2, command.size()))
                .containsExactly(JvmCommandTest.class.getName(), "word");
    }

    /** As the launcher has decided it for this JVM. */
    @Test
    void mapsTheArchiveWhereItWasMadeForUnlessAskedNotTo() {
        assertThat(command()).contains("-XX:ArchiveRelocationMode=0");
        System.setProperty(RELOCATION, "1");
        assertThat(command()).contains("-XX:ArchiveRelocationMode=1").doesNotContain("-XX:ArchiveRelocationMode=0");
    }

    /** Where this JVM finds its class archive and JNA's library, and so its children do. */
    @Test
    void handsOnWhatThisJvmWasStartedWith() {
        for (String property : List.of("crosvm.archive", "jna.boot.library.path")) {
            String before = System.getProperty(property);
            System.setProperty(property, "/somewhere/" + property);
            try {
                String option = property.equals("crosvm.archive") ? "-XX:SharedArchiveFile=" : "-D" + property + "=";
                assertThat(command()).contains(option + "/somewhere/" + property);
                System.clearProperty(property);
                assertThat(command()).noneMatch(word -> word.startsWith(option));
            } finally {
                if (before != null) {
                    System.setProperty(property, before);
                } else {
                    System.clearProperty(property);
                }
            }
        }
    }

    /** The launcher's archive of device processes is one of a few jars, beside the program's. */
    @Test
    void takesTheArchiveOfDeviceProcessesWithTheJarsItIsOf(@TempDir Path folder) throws Exception {
        Path program = Files.createFile(folder.toRealPath().resolve("crosvm-runner.jar"));
        String before = System.setProperty("java.class.path", program.toString());
        System.setProperty("crosvm.archive", "/somewhere/x.jsa");
        System.setProperty("crosvm.archive.device", "/somewhere/x.jsa.device");
        try {
            List<String> command = command();
            assertThat(command)
                    .contains("-XX:SharedArchiveFile=/somewhere/x.jsa.device")
                    .doesNotContain("-XX:SharedArchiveFile=/somewhere/x.jsa");
            assertThat(command.get(command.indexOf("-cp") + 1).split(":"))
                    .contains(program.resolveSibling("crosvm-vmm.jar").toString())
                    .doesNotContain(program.toString());
            List<String> other = JvmCommand.of(8, List.of(), String.class, List.of());
            assertThat(other)
                    .as("of a program that is not the engine's")
                    .contains("-XX:SharedArchiveFile=/somewhere/x.jsa", program.toString());
        } finally {
            System.setProperty("java.class.path", String.valueOf(before));
            System.clearProperty("crosvm.archive");
            System.clearProperty("crosvm.archive.device");
        }
    }

    @Test
    void looksForNoLoggingSystem() {
        assertThat(command()).contains("-Djava.util.logging.manager=" + LibraryLogs.class.getName());
    }

    @Test
    void unlocksTheOptionsThatNeedIt() {
        List<String> command = command();
        assertThat(command.indexOf("-XX:+UnlockDiagnosticVMOptions"))
                .isPositive()
                .isLessThan(command.indexOf("-XX:ArchiveRelocationMode=0"))
                .isLessThan(command.indexOf("-XX:AsyncDeflationInterval=60000"));
    }
}
