package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceNodeTest {
    @TempDir
    Path folder;

    @Test
    void advisesAMembershipOnlyOfAGroupThatMayOpenIt() throws IOException {
        Path node = Files.createFile(folder.resolve("kvm"));
        if (group(node).equals("root")) { // As whoever tests; root may give it away.
            Files.getFileAttributeView(node, PosixFileAttributeView.class)
                    .setGroup(folder.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByGroupName("daemon"));
        }
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rw-------"));
        assertThat(DeviceNode.accessAdvice(node)).startsWith("Its owner alone may open it. As root: chgrp kvm " + node);
        Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rw-rw----"));
        assertThat(DeviceNode.accessAdvice(node))
                .startsWith("Add your user to its group: sudo usermod -aG " + group(node) + " $USER");
    }

    @Test
    void advisesNoMembershipOfTheGroupRoot() throws IOException {
        Path node = Path.of("/dev/null");
        assertThat(group(node)).isEqualTo("root");
        assertThat(DeviceNode.accessAdvice(node)).startsWith("Its owner alone may open it. As root: chgrp kvm " + node);
    }

    @Test
    void namesTheDeviceOptionOfContainersWhereTheCgroupRefuses() {
        Path node = Path.of("/dev/kvm");
        assertThat(DeviceNode.openAdvice(node, Errno.EPERM))
                .contains("--device /dev/kvm", "device plugin", "privileged", "DeviceAllow=/dev/kvm rw")
                .doesNotContain("usermod");
        assertThat(DeviceNode.openAdvice(node, Errno.EACCES)).isEqualTo(DeviceNode.accessAdvice(node));
    }

    @Test
    void knowsContainersByWhatTheirEnginesPutThere() throws IOException {
        assertThat(DeviceNode.isContainer(folder, Map.of("HOME", "/"))).isFalse();
        assertThat(DeviceNode.isContainer(folder, Map.of("container", "podman")))
                .isTrue();
        Files.createFile(folder.resolve(".dockerenv"));
        assertThat(DeviceNode.isContainer(folder, Map.of())).isTrue();
    }

    private static String group(Path node) throws IOException {
        return Files.readAttributes(node, PosixFileAttributes.class).group().getName();
    }
}
