package crosvm.vmm.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of a host that look as its kernel's do, in a folder of a test. */
final class FakeCgroups {
    final Path root;

    /** @param own the group of this process, {@code /a/b} */
    FakeCgroups(Path root, String own) throws IOException {
        this.root = root;
        file("proc/self/mounts", "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        file("proc/self/cgroup", "0::" + own + "\n");
    }

    void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** A group: what it has, hands down, and holds. */
    void group(String path, String controllers, String handedDown, String processes) throws IOException {
        String folder = "sys/fs/cgroup" + path + "/";
        file(folder + "cgroup.controllers", controllers + "\n");
        file(folder + "cgroup.subtree_control", handedDown + "\n");
        file(folder + "cgroup.procs", processes);
    }

    void set(String group, String name, String text) throws IOException {
        file("sys/fs/cgroup" + group + "/" + name, text + "\n");
    }
}
