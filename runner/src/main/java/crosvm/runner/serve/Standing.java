package crosvm.runner.serve;

import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a caller stands: what a process has of its parents that a prepared one cannot take over. Only who stands where the prepared
 * process stands may have it. Stateless; any thread.
 */
final class Standing {
    private static final Path PROC = Path.of("/proc");

    private static final Set<String> STATUS = Set.of(
            "Uid",
            "Gid",
            "Groups",
            "CapInh",
            "CapPrm",
            "CapEff",
            "CapBnd",
            "CapAmb",
            "NoNewPrivs",
            "Seccomp",
            "Seccomp_filters",
            "Cpus_allowed",
            "Mems_allowed");

    private static final List<String> LINKS =
            List.of("root", "ns/ipc", "ns/mnt", "ns/net", "ns/pid", "ns/user", "ns/uts", "ns/time", "ns/cgroup");

    /** Variables that Java and the loader read at their start, and are not asked again. */
    private static final List<String> READ_AT_START = List.of(
            "TZ",
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS",
            "_JAVA_OPTIONS",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "LD_AUDIT",
            "MALLOC_ARENA_MAX",
            "GLIBC_TUNABLES");

    /** proc_pid_stat(5), counted from the state behind the name: nice value and scheduling policy. */
    private static final List<Integer> STAT = List.of(19 - 3, 41 - 3);

    /** Why an order is refused. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String why) {
            super(why);
        }
    }

    private Standing() {}

    /**
     * Compares.
     *
     * @param caller its number
     * @return the caller's resource limits, which this process may take over
     */
    static NativeBuffer require(int caller, Map<String, String> environment) throws RefusedException {
        for (String name : READ_AT_START) {
            if (!Objects.equals(environment.get(name), System.getenv(name))) {
                throw new RefusedException(name + " differs");
            }
        }
        try {
            Path theirs = PROC.resolve(String.valueOf(caller));
            Path ours = PROC.resolve("self");
            same("standing", status(theirs), status(ours));
            same("priority", stat(theirs), stat(ours));
            for (String link : LINKS) {
                same(link, link(theirs.resolve(link)), link(ours.resolve(link)));
            }
            if (!new CallersGroup(PROC, CallersGroup.MOUNT).isHeldNoMoreThanWe(caller)) {
                throw new RefusedException("the caller's control group has limits of its own");
            }
        } catch (IOException e) {
            throw new RefusedException("the caller cannot be inspected: " + e);
        }
        NativeBuffer limits = OwnProcess.limitsOf(caller);
        if (limits == null) {
            throw new RefusedException("the caller's resource limits are above ours");
        }
        return limits;
    }

    private static void same(String what, Object theirs, Object ours) throws RefusedException {
        if (!theirs.equals(ours)) {
            throw new RefusedException(what + " differs: " + theirs + ", ours " + ours);
        }
    }

    private static List<String> status(Path process) throws IOException {
        try (Stream<String> lines = Files.lines(process.resolve("status"))) {
            return lines.filter(line -> STATUS.contains(line.substring(0, Math.max(0, line.indexOf(':')))))
                    .collect(Collectors.toList());
        }
    }

    /** The umask, which is taken over, as the caller's status has it. */
    static int umask(int caller) throws IOException {
        try (Stream<String> lines =
                Files.lines(PROC.resolve(String.valueOf(caller)).resolve("status"))) {
            String line = lines.filter(l -> l.startsWith("Umask:")).findFirst().orElse("Umask: 0022");
            return Integer.parseInt(line.substring(line.indexOf(':') + 1).trim(), 8);
        } catch (NumberFormatException e) {
            throw new IOException(e);
        }
    }

    private static List<String> stat(Path process) throws IOException {
        String line = Files.readString(process.resolve("stat"));
        String[] fields = line.substring(line.lastIndexOf(')') + 2).trim().split(" ");
        List<String> chosen = new ArrayList<>();
        for (int field : STAT) {
            chosen.add(field < fields.length ? fields[field] : "");
        }
        return chosen;
    }

    /** Kernels differ in which namespaces they have. */
    private static String link(Path link) throws IOException {
        return Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                ? Files.readSymbolicLink(link).toString()
                : "";
    }
}
