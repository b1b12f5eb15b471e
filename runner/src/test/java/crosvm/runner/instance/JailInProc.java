package crosvm.runner.instance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A jailed process as /proc shows it (proc(5)), in the words of the jail table; what is not as it should be, in numbers. */
final class JailInProc {
    private static final int FIRST_JAIL_USER = 0x7c00_0000;
    private static final List<String> SPACES = List.of("user", "mount", "net", "ipc", "uts", "pid");

    private final Path proc;
    private final Path starter;

    JailInProc(long pid, long vmm) {
        proc = Path.of("/proc/" + pid);
        starter = Path.of("/proc/" + vmm);
    }

    /** @param image bytes of the process's largest image; a process without one ends at a page */
    Map<String, String> rows(long image) throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("user", user());
        rows.put("capabilities", capabilities());
        rows.put("namespaces", namespaces());
        rows.put("root", root());
        rows.put("network", network());
        rows.put("limits", limits(image));
        rows.put("executable", executable());
        return rows;
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    /** The values that a field of /proc/PID/status has in the process's threads. */
    private static List<String> field(Path process, String name) throws IOException {
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            return threads.map(thread -> {
                        try {
                            return read(thread.resolve("status"));
                        } catch (IOException e) {
                            return ""; // It has ended.
                        }
                    })
                    .flatMap(String::lines)
                    .filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .distinct()
                    .toList();
        }
    }

    private String user() throws IOException {
        String[] ids = String.join("\t", field(proc, "Uid")).split("\t");
        String one = ids[0];
        boolean all = Stream.of(ids).allMatch(one::equals);
        boolean root = field(starter, "Uid").get(0).startsWith("0\t");
        boolean right = root
                ? Long.parseLong(one) >= FIRST_JAIL_USER
                        && field(proc, "Groups").equals(List.of(""))
                : field(starter, "Uid").get(0).startsWith(one + "\t");
        // A process that is dumpable is its user's in /proc; one that is not is its namespace's root's, who is the same
        // here.
        return all && right
                ? "a number of this machine alone if started by root, else the starting user; not dumpable"
                : String.join(" ", ids);
    }

    private String capabilities() throws IOException {
        String none = "0000000000000000";
        StringBuilder wrong = new StringBuilder();
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            wrong.append(field(proc, set).equals(List.of(none)) ? "" : set + " " + field(proc, set));
        }
        wrong.append(field(proc, "NoNewPrivs").equals(List.of("1")) ? "" : "no no_new_privs");
        return wrong.isEmpty() ? "none, and none can be gained (empty bounding set, no_new_privs)" : wrong.toString();
    }

    private String namespaces() throws IOException {
        StringBuilder own = new StringBuilder();
        for (String space : SPACES) {
            String file = "ns/" + space.replace("mount", "mnt");
            boolean same =
                    Files.readSymbolicLink(proc.resolve(file)).equals(Files.readSymbolicLink(starter.resolve(file)));
            own.append(same ? "" : space + " ");
        }
        return own.toString().strip() + ", its own";
    }

    private static Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private String root() throws IOException {
        String mounts = read(proc.resolve("mountinfo")).strip();
        try (Stream<Path> files = Files.list(proc.resolve("root"))) {
            boolean empty = files.findAny().isEmpty();
            boolean bare = mounts.lines().count() == 1 && mounts.contains(" / / ro,") && mounts.contains("- tmpfs ");
            boolean current = Objects.equals(key(proc.resolve("root")), key(proc.resolve("cwd")));
            return empty && bare && current
                    ? "an empty read-only tmpfs, which is the working folder too"
                    : mounts + ", cwd " + Files.readSymbolicLink(proc.resolve("cwd"));
        }
    }

    private String network() throws IOException {
        List<String> names = read(proc.resolve("net/dev"))
                .lines()
                .skip(2)
                .map(line -> line.strip().split(":")[0])
                .toList();
        boolean down = read(proc.resolve("net/route")).lines().count() <= 1;
        return names.equals(List.of("lo")) && down ? "lo only, and down" : names.toString();
    }

    private String limits(long image) throws IOException {
        Map<String, String> limits = read(proc.resolve("limits"))
                .lines()
                .skip(1)
                .collect(Collectors.toMap(
                        line -> line.substring(0, 26).strip(),
                        line -> line.substring(26).strip().split("\\s+")[0]));
        String file = limits.get("Max file size");
        String end = file.equals(Long.toString(image))
                ? "the size of its largest image, also after disk resize"
                : file.equals("4096") ? "the page of its counters" : file;
        long data = Long.parseLong(limits.get("Max data size")) >> 20;
        long addresses = (Long.parseLong(limits.get("Max address space")) - 2 * (32L << 20)) >> 30;
        return limits.get("Max open files") + " descriptors, " + limits.get("Max processes") + " processes, "
                + (limits.get("Max core file size").equals("0") ? "no core file" : "core files")
                + "; writes to files end at "
                + end + "; " + data + "MiB of memory of its own; " + addresses
                + "GiB of addresses and twice the guest's memory";
    }

    private String executable() throws IOException {
        long both = read(proc.resolve("maps"))
                .lines()
                .filter(line -> line.split(" ")[1].startsWith("rwx"))
                .mapToLong(line -> {
                    String[] range = line.split(" ")[0].split("-");
                    return Long.parseUnsignedLong(range[1], 16) - Long.parseUnsignedLong(range[0], 16);
                })
                .sum();
        return both > 0 && both <= 9 << 20
                ? "its program, and a code cache of 8MiB that can be written, too"
                : both + " bytes that can be written and executed";
    }
}
