package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineNamesTest {
    @TempDir
    private Path folder;

    private String nameOf(String word) {
        return MachineNames.resolve(word, Map.of("XDG_RUNTIME_DIR", folder.toString()))
                .name();
    }

    @Test
    void takeAWordForANameUnlessItIsAFile() {
        assertThat(nameOf("web")).isEqualTo("web");
    }

    @Test
    void takeTheNameOutOfASpecOrAFolderWithOne() throws IOException {
        Path spec = Files.writeString(folder.resolve("vm.yaml"), "name: db\nkernel: {builtin: hello}\n");
        assertThat(nameOf(spec.toString())).isEqualTo("db");
        assertThat(nameOf(folder.toString())).isEqualTo("db");
    }

    @Test
    void refuseWhatIsNeither() {
        assertThatThrownBy(() -> nameOf(folder + "/none.yaml"))
                .isInstanceOf(FailedException.class)
                .hasMessageContainingAll("none.yaml", "no such file", "crosvm ps");
        assertThatThrownBy(() -> nameOf("none.yaml"))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> nameOf("two words")).isInstanceOf(FailedException.class);
    }

    @Test
    void sayWhatListsThemForAMachineThatIsNotThere() {
        assertThatThrownBy(() -> MachineNames.require("web", Map.of("XDG_RUNTIME_DIR", folder.toString())))
                .isInstanceOf(FailedException.class)
                .hasMessage("web: no machine of that name has run. crosvm ps -a lists the machines in " + folder
                        + "/crosvm");
    }
}
