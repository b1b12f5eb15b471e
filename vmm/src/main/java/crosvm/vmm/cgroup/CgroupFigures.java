package crosvm.vmm.cgroup;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the control group of this process has counted, for a machine with limits. Any thread. */
public final class CgroupFigures {
    private CgroupFigures() {}

    /**
     * The figures that the group has, by name, in the spec's order: {@code cpuMicroseconds}, {@code cpuThrottledMicroseconds},
     * {@code memory}, {@code memoryPeak}, {@code oomKills}, {@code pids}, {@code pidsRefused}, {@code ioReadBytes},
     * {@code ioWrittenBytes}. Sizes are in bytes.
     */
    public static Map<String, Long> ofThisProcess() {
        CgroupFolder group = CgroupFolder.ofThisProcess(Path.of("/"));
        return group == null ? Map.of() : of(group);
    }

    static Map<String, Long> of(CgroupFolder group) {
        Map<String, Long> figures = new LinkedHashMap<>();
        put(figures, "cpuMicroseconds", field(group.read("cpu.stat"), "usage_usec"));
        put(figures, "cpuThrottledMicroseconds", field(group.read("cpu.stat"), "throttled_usec"));
        put(figures, "memory", number(group.read("memory.current")));
        put(figures, "memoryPeak", number(group.read("memory.peak")));
        put(figures, "oomKills", field(group.read("memory.events"), "oom_kill"));
        put(figures, "pids", number(group.read("pids.current")));
        put(figures, "pidsRefused", field(group.read("pids.events"), "max"));
        if (group.has("io.stat")) {
            put(figures, "ioReadBytes", sum(group.read("io.stat"), "rbytes="));
            put(figures, "ioWrittenBytes", sum(group.read("io.stat"), "wbytes="));
        }
        return figures;
    }

    /** Where the group is, as in /proc/PID/cgroup; empty where there is none. */
    public static String path() {
        CgroupFolder group = CgroupFolder.ofThisProcess(Path.of("/"));
        return group == null ? "" : "/" + group.top().relativize(group.path());
    }

    private static void put(Map<String, Long> figures, String name, long value) {
        if (value >= 0) {
            figures.put(name, value);
        }
    }

    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    /** Of lines {@code NAME VALUE}. */
    private static long field(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> number(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(-1);
    }

    /** Of words {@code NAME=VALUE}, over all devices. */
    private static long sum(String text, String name) {
        long sum = 0;
        for (String word : text.split("\\s+")) {
            if (word.startsWith(name)) {
                sum += Math.max(0, number(word.substring(name.length())));
            }
        }
        return sum;
    }
}
