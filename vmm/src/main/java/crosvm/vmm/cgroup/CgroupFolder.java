package crosvm.vmm.cgroup;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A control group in the file system of cgroup v2. Immutable; any thread.
 *
 * @param path its folder, absolute
 * @param top where the file system is mounted: no group that we see is above that one
 */
record CgroupFolder(Path path, Path top) {
    static final String PROCS = "cgroup.procs";
    private static final String SUBTREE = "cgroup.subtree_control";

    /**
     * This process's own; null where no cgroup v2 is mounted.
     *
     * @param root {@code /}, or a stand-in for tests
     */
    static @Nullable CgroupFolder ofThisProcess(Path root) {
        String mount = lines(root.resolve("proc/self/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(words -> words.length > 2 && words[2].equals("cgroup2"))
                .map(words -> words[1])
                .findFirst()
                .orElse(null);
        String own = lines(root.resolve("proc/self/cgroup")).stream()
                .filter(line -> line.startsWith("0::/"))
                .map(line -> line.substring("0::/".length()))
                .findFirst()
                .orElse(null);
        if (mount == null || own == null) {
            return null;
        }
        Path top = root.resolve(mount.substring(1));
        Path path = top.resolve(own).normalize();
        // A group outside our cgroup namespace shows as /../x, and cannot be reached.
        return path.startsWith(top) && Files.isDirectory(path) ? new CgroupFolder(path, top) : null;
    }

    /** The group above, as far as we see; null for the topmost. */
    @Nullable CgroupFolder parent() {
        Path above = path.getParent();
        return path.equals(top) || above == null ? null : new CgroupFolder(above, top);
    }

    /** One in it, which may not be there. */
    CgroupFolder child(String name) {
        return new CgroupFolder(path.resolve(name), top);
    }

    /** The group with its ancestors, from below. */
    List<CgroupFolder> upwards() {
        List<CgroupFolder> all = new ArrayList<>();
        for (CgroupFolder group = this; group != null; group = group.parent()) {
            all.add(group);
        }
        return all;
    }

    /** Controllers that it has itself. */
    Set<Controller> controllers() {
        return Controller.listed(read("cgroup.controllers"));
    }

    /** Controllers that the groups in it have. */
    Set<Controller> handedDown() {
        return Controller.listed(read(SUBTREE));
    }

    /** Whether we may make groups in it and move our own processes there. */
    boolean isOurs() {
        return Files.isWritable(path)
                && Files.isWritable(path.resolve(PROCS))
                && Files.isWritable(path.resolve(SUBTREE));
    }

    /** Whether there are processes right in it: then it cannot hand controllers down, unless it is the root of all. */
    boolean hasProcesses() {
        return !read(PROCS).isBlank();
    }

    /** Whether it is the root of all groups, for which the rule about processes and controllers does not hold. */
    boolean isRoot() {
        return path.equals(top) && !Files.exists(path.resolve("cgroup.type"));
    }

    /** Gives the groups in it these controllers. */
    void handDown(Set<Controller> wanted) {
        for (Controller controller : wanted) {
            if (!handedDown().contains(controller)) {
                write(SUBTREE, "+" + controller.word());
            }
        }
    }

    /** Makes it. */
    void make() {
        try {
            Files.createDirectory(path);
        } catch (IOException e) {
            throw new VmmException("control group " + path + ": cannot be made: " + FailureReason.of(e), e);
        }
    }

    /** A file's text; empty when the group does not have it. */
    String read(String file) {
        try {
            return Files.readString(path.resolve(file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether the group has a file: not every controller is there, nor every kernel's. */
    boolean has(String file) {
        return Files.exists(path.resolve(file));
    }

    /** One write(2), as the kernel takes each setting. */
    void write(String file, String value) {
        try {
            Files.write(path.resolve(file), value.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new VmmException(
                    "control group " + path + ": " + file + " cannot be set to " + value + ": " + FailureReason.of(e),
                    e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
