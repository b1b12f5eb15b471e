package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostGroupTest {
    @Test
    void knowsTheHostsGroups(@TempDir Path folder) throws IOException {
        assertThat(HostGroup.exists("root")).isTrue();
        assertThat(HostGroup.exists("no-such-group")).isFalse();
        Path file = Files.writeString(folder.resolve("group"), "root:x:0:\nvideo:x:44:me,you\nbroken\n");
        assertThat(HostGroup.idIn(file, "video")).hasValue(44);
        assertThat(HostGroup.idIn(file, "vid")).isEmpty();
    }
}
