package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A limit on how many tasks (processes and their threads) there may be, for all of a user or all of a control group.
 *
 * @param name what limits: {@code ulimit -u}, or the group's file {@code pids.max}
 * @param limit how many there may be
 * @param used how many there are, those of this process included
 */
public record TaskLimit(String name, long limit, long used) {
    private static final String UNLIMITED_GROUP = "max";

    /** All that bind this process: its user's unless that is root, and those of its control groups. */
    public static List<TaskLimit> ofThisProcess() {
        List<TaskLimit> limits = new ArrayList<>();
        if (LibC.geteuid() != 0 && ResourceLimit.PROCESSES.soft() != ResourceLimit.UNLIMITED) {
            limits.add(new TaskLimit(
                    ResourceLimit.PROCESSES.command(),
                    ResourceLimit.PROCESSES.soft(),
                    tasksOf(Path.of("/proc"), LibC.geteuid())));
        }
        limits.addAll(ofGroups(Path.of("/")));
        return limits;
    }

    /** What is left. */
    public long free() {
        return Math.max(0, limit - used);
    }

    /** Why no task can be started now, for a person; empty when no limit is the cause. */
    public static Optional<String> exhausted() {
        return ofThisProcess().stream()
                .filter(limit -> limit.free() == 0)
                .findFirst()
                .map(limit -> limit.name() + " allows " + limit.limit() + " processes and threads, and " + limit.used()
                        + " exist");
    }

    /** How many tasks the processes of a user have. */
    static long tasksOf(Path proc, int user) {
        try (Stream<Path> entries = Files.list(proc)) {
            return entries.filter(entry ->
                            Character.isDigit(entry.getFileName().toString().charAt(0)))
                    .map(entry -> read(entry.resolve("status")))
                    .filter(status -> field(status, "Uid:").equals(Integer.toString(user)))
                    .mapToLong(status -> Long.parseLong("0" + field(status, "Threads:")))
                    .sum();
        } catch (IOException e) {
            return 0; // Without /proc nobody knows.
        }
    }

    private static String field(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip().split("\\s+")[0])
                .findFirst()
                .orElse("");
    }

    /** pids.max from this process's group up to the root, in either version of control groups (cgroups(7)). */
    static List<TaskLimit> ofGroups(Path root) {
        List<TaskLimit> limits = new ArrayList<>();
        for (String line : read(root.resolve("proc/self/cgroup")).split("\n")) {
            String[] parts = line.split(":", 3);
            boolean unified = parts.length == 3 && parts[0].equals("0");
            if (unified || parts.length == 3 && List.of(parts[1].split(",")).contains("pids")) {
                mountPoint(root, unified)
                        .ifPresent(top -> addUpwards(limits, root.resolve(top.substring(1)), parts[2]));
            }
        }
        return limits;
    }

    private static Optional<String> mountPoint(Path root, boolean unified) {
        return read(root.resolve("proc/self/mounts"))
                .lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length > 3
                        && (unified
                                ? words[2].equals("cgroup2")
                                : words[2].equals("cgroup")
                                        && List.of(words[3].split(",")).contains("pids")))
                .map(words -> words[1])
                .findFirst();
    }

    private static void addUpwards(List<TaskLimit> limits, Path top, String group) {
        @Nullable Path folder = top.resolve(group.substring(1)).normalize();
        for (; folder != null && folder.startsWith(top); folder = folder.getParent()) {
            Path file = folder.resolve("pids.max");
            String limit = read(file).strip();
            String used = read(folder.resolve("pids.current")).strip();
            if (!limit.isEmpty() && !limit.equals(UNLIMITED_GROUP) && !used.isEmpty()) {
                limits.add(new TaskLimit(file.toString(), Long.parseLong(limit), Long.parseLong(used)));
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // Processes end, and not every host has every file.
        }
    }
}
