package crosvm.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jars of the program as the build leaves them. */
class ProgramJarsProgramIT {
    private static final Path LIB = Path.of("target/crosvm/lib");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "crosvm-runner.jar",
                "crosvm-schema.jar",
                "crosvm-seccomp.jar",
                "crosvm-vmm.jar",
                "jna.jar",
                "picocli.jar",
                "snakeyaml-engine.jar"
            })
    void haveClassesInPlaceOfLambdas(String jar) throws Exception {
        assertThat(LambdaClassesTest.linkedAtRunTime(LIB.resolve(jar))).doesNotContain("metafactory");
        assertThat(JarFolder.read(LIB.resolve(jar)))
                .extracting(JarFolder.Entry::name)
                .contains(ProgramJars.NOTE);
    }

    /** Its 20 to 40 ms of processor time were half of what a device process took. */
    @Test
    void haveAJnaThatStartsWithoutLogAndReflection() throws Exception {
        List<JarFolder.Entry> jna = JarFolder.read(LIB.resolve("jna.jar"));
        assertThat(jna)
                .filteredOn(entry -> entry.name().endsWith(".class"))
                .hasSizeGreaterThan(80)
                .noneMatch(entry -> new String(entry.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1)
                        .contains("java/util/logging/Logger"));
        assertThat(jna)
                .filteredOn(entry -> entry.name().equals("com/sun/jna/SecurityManagerExposer.class"))
                .singleElement()
                .satisfies(entry ->
                        assertThat(entry.bytes()).isEqualTo(ProgramJars.own("com/sun/jna/SecurityManagerExposer")));
    }
}
