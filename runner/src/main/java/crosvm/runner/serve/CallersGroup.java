package crosvm.runner.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether a caller's control group (cgroup v2) holds it to more than this process's own group holds us. A prepared process stays in
 * its group: that of another session is systemd's, and nobody may enter it. Stateless; any thread.
 *
 * @param proc where processes are
 * @param mount where control groups are mounted
 */
record CallersGroup(Path proc, Path mount) {
    static final Path MOUNT = Path.of("/sys/fs/cgroup");

    private static final String V2 = "0::/";

    /** Files of a limit, and what stands in them where there is none. */
    private static final List<List<String>> LIMITS = List.of(
            List.of("memory.max", "max"),
            List.of("memory.high", "max"),
            List.of("memory.swap.max", "max"),
            List.of("cpu.max", "max"),
            List.of("cpu.weight", "100"),
            List.of("pids.max", "max"),
            List.of("io.max", ""),
            List.of("cpuset.cpus", ""),
            List.of("cpuset.mems", ""));

    boolean isHeldNoMoreThanWe(int caller) throws IOException {
        String theirs = Files.readString(proc.resolve(String.valueOf(caller)).resolve("cgroup"));
        String ours = Files.readString(proc.resolve("self/cgroup"));
        if (theirs.equals(ours)) {
            return true;
        }
        List<String> ofTheirs = theirs.lines().toList();
        List<String> ofOurs = ours.lines().toList();
        if (ofTheirs.size() != 1
                || ofOurs.size() != 1
                || !ofTheirs.get(0).startsWith(V2)
                || !ofOurs.get(0).startsWith(V2)) {
            return false; // cgroup v1: a group for each controller.
        }
        Path their = mount.resolve(ofTheirs.get(0).substring(V2.length())).normalize();
        Path our = mount.resolve(ofOurs.get(0).substring(V2.length())).normalize();
        if (!their.startsWith(mount) || !Files.isDirectory(their)) {
            return false;
        }
        for (Path group = their; group != null && !our.startsWith(group); group = group.getParent()) {
            if (hasLimit(group)) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasLimit(Path group) throws IOException {
        for (List<String> limit : LIMITS) {
            Path file = group.resolve(limit.get(0));
            if (Files.exists(file)) {
                String value = Files.readString(file).trim();
                if (!value.equals(limit.get(1)) && !value.startsWith("max ")) {
                    return true;
                }
            }
        }
        return false;
    }
}
