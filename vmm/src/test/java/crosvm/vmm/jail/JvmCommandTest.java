package crosvm.vmm.jail;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    @Test
    void unlocksTheOptionsThatNeedIt() {
        List<String> command = command();
        assertThat(command.indexOf("-XX:+UnlockDiagnosticVMOptions"))
                .isPositive()
                .isLessThan(command.indexOf("-XX:ArchiveRelocationMode=0"))
                .isLessThan(command.indexOf("-XX:AsyncDeflationInterval=60000"));
    }
}
