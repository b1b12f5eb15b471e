package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineKeyTest {
    @TempDir
    private Path path;

    @Test
    void makesANewKeyAtEachStartForItsUserAlone() throws IOException {
        StateFolder folder = new StateFolder("web", path);
        String first = MachineKey.make(folder);
        assertThat(first).matches("ssh-ed25519 [A-Za-z0-9+/]+=* crosvm-web");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.sshKey())))
                .isEqualTo("rw-------");
        assertThat(MachineKey.make(folder)).matches("ssh-ed25519 .* crosvm-web").isNotEqualTo(first);
    }

    @Test
    void leavesNothingOfItWhenTheMachineIsGone() {
        StateFolder folder = new StateFolder("web", path);
        MachineKey.make(folder);
        MachineKey.remove(folder);
        assertThat(path).isEmptyDirectory();
    }
}
