package crosvm.runner.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckoutTest {
    @TempDir
    Path folder;

    private Path jars() throws IOException {
        return Files.createDirectories(folder.resolve("tree/runner/target/crosvm/lib"));
    }

    private void makeLab() throws IOException {
        Path run = folder.resolve("tree/.ci/lab/run");
        Files.createDirectories(run.getParent());
        Files.createFile(run, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    @Test
    void namesTheLineThatRunsTheSameCommandInTheLab() throws IOException {
        makeLab();
        Checkout checkout = Objects.requireNonNull(Checkout.around(jars()));
        assertThat(checkout.inLab(List.of("up", "examples/hello.yaml"), folder.resolve("tree")))
                .isEqualTo(".ci/lab/run runner/target/crosvm/bin/crosvm up examples/hello.yaml");
        assertThat(checkout.inLab(List.of("up", "it's mine.yaml"), folder.resolve("elsewhere")))
                .isEqualTo(folder + "/tree/.ci/lab/run " + folder + "/tree/runner/target/crosvm/bin/crosvm up"
                        + " 'it'\\''s mine.yaml'");
    }

    @Test
    void isNoneWhereTheProgramIsInstalled() throws IOException {
        assertThat(Checkout.around(jars())).isNull();
        assertThat(Checkout.around(Path.of("/"))).isNull();
    }
}
