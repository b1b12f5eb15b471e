package crosvm.vmm.cgroup;

import crosvm.schema.model.Cores;
import crosvm.schema.model.IoLimit;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MemorySize;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine's limits as the kernel is told them, and whether a group holds to them (admin-guide/cgroup-v2.rst). Immutable. */
final class CgroupSettings {
    /** The kernel's own period, in microseconds. */
    private static final long PERIOD = 100_000;

    private static final String UNLIMITED = "max";

    private final LimitsSpec limits;
    private final List<String> devices;

    /**
     * One file of a group and what is written into it.
     *
     * @param isOptional whether a kernel may do without the file
     */
    record Setting(String file, String value, boolean isOptional) {}

    /** @param devices the block devices that are limited, {@code MAJOR:MINOR} */
    CgroupSettings(LimitsSpec limits, List<String> devices) {
        this.limits = limits;
        this.devices = List.copyOf(devices);
    }

    LimitsSpec limits() {
        return limits;
    }

    List<String> devices() {
        return devices;
    }

    /** What is written, in order. */
    List<Setting> all() {
        List<Setting> settings = new ArrayList<>();
        if (limits.cpu() != null) {
            settings.add(new Setting("cpu.max", limits.cpu().of(PERIOD) + " " + PERIOD, false));
        }
        if (limits.memory() != null) {
            settings.add(new Setting("memory.max", Long.toString(limits.memory().bytes()), false));
            settings.addAll(withMemory());
        }
        IoLimit io = limits.io();
        if (io != null && io.isPresent()) {
            devices.forEach(device -> settings.add(new Setting("io.max", device + " " + line(io), false)));
        }
        if (limits.pids() != null) {
            settings.add(new Setting("pids.max", Integer.toString(limits.pids()), false));
        }
        return settings;
    }

    /** No swap, where it is accounted for; and no machine of which only a process has been ended. */
    private static List<Setting> withMemory() {
        return List.of(new Setting("memory.swap.max", "0", true), new Setting("memory.oom.group", "1", true));
    }

    private static String line(IoLimit io) {
        return "rbps=" + bytes(io.read()) + " wbps=" + bytes(io.write()) + " riops=" + count(io.readIops()) + " wiops="
                + count(io.writeIops());
    }

    private static String bytes(@Nullable MemorySize size) {
        return size == null ? UNLIMITED : Long.toString(size.bytes());
    }

    private static String count(@Nullable Integer count) {
        return count == null ? UNLIMITED : count.toString();
    }

    /** The limits that neither this group nor one above it holds to, by their names in the spec; empty when all are held. */
    List<String> missingIn(CgroupFolder group) {
        List<String> missing = new ArrayList<>();
        Cores cpu = limits.cpu();
        if (cpu != null && group.upwards().stream().noneMatch(each -> cpuShare(each.read("cpu.max")) <= share(cpu))) {
            missing.add("cpu");
        }
        MemorySize memory = limits.memory();
        if (memory != null && smallest(group, "memory.max") > memory.bytes()) {
            missing.add("memory");
        }
        IoLimit io = limits.io();
        if (io != null && io.isPresent() && !devices.stream().allMatch(device -> holds(group, device, io))) {
            missing.add("io");
        }
        if (limits.pids() != null && smallest(group, "pids.max") > limits.pids()) {
            missing.add("pids");
        }
        return missing;
    }

    private static double share(Cores cores) {
        return cores.of(PERIOD) / (double) PERIOD + 1e-9;
    }

    /** Of {@code QUOTA PERIOD}. */
    private static double cpuShare(String text) {
        String[] words = text.split(" ");
        return words.length < 2 || words[0].equals(UNLIMITED)
                ? Double.POSITIVE_INFINITY
                : Long.parseLong(words[0]) / (double) Long.parseLong(words[1]);
    }

    private static long smallest(CgroupFolder group, String file) {
        return group.upwards().stream()
                .map(each -> each.read(file))
                .mapToLong(text -> text.isEmpty() || text.equals(UNLIMITED) ? Long.MAX_VALUE : Long.parseLong(text))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static boolean holds(CgroupFolder group, String device, IoLimit io) {
        return group.upwards().stream()
                .flatMap(each -> each.read("io.max").lines())
                .filter(line -> line.startsWith(device + " "))
                .anyMatch(line -> value(line, "rbps") <= number(io.read())
                        && value(line, "wbps") <= number(io.write())
                        && value(line, "riops") <= number(io.readIops())
                        && value(line, "wiops") <= number(io.writeIops()));
    }

    private static long value(String line, String name) {
        for (String word : line.split(" ")) {
            if (word.startsWith(name + "=") && !word.endsWith("=" + UNLIMITED)) {
                return Long.parseLong(word.substring(name.length() + 1));
            }
        }
        return Long.MAX_VALUE;
    }

    private static long number(@Nullable MemorySize size) {
        return size == null ? Long.MAX_VALUE : size.bytes();
    }

    private static long number(@Nullable Integer count) {
        return count == null ? Long.MAX_VALUE : count;
    }
}
