package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceNodeTest {
    @TempDir
    Path folder;

    @Test
    void advisesAMembershipOnlyOfAGroupThatMayOpenIt() throws IOException {
        Path node = Files.createFile(folder.resolve("kvm"));
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rw-------"));
        assertThat(DeviceNode.accessAdvice(node)).startsWith("Its owner alone may open it. As root: chgrp kvm " + node);
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rw-rw----"));
        String group =
                Files.readAttributes(node, PosixFileAttributes.class).group().getName();
        assertThat(DeviceNode.accessAdvice(node))
                .startsWith(
                        group.equals("root")
                                ? "Its owner alone"
                                : "Add your user to its group: sudo usermod -aG " + group);
    }
}
