package crosvm.vmm.machine;

import crosvm.schema.model.Placement;
import crosvm.vmm.VmmException;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.ProcessPlan;
import crosvm.vmm.jail.JailShape;
import crosvm.vmm.linux.ResourceLimit;
import crosvm.vmm.linux.TaskLimit;
import crosvm.vmm.virtio.DeviceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a machine needs under the limits of the host: descriptors, processes and threads, lengths of files, addresses. The
 * needs are a little more than what machines have been seen to have; LimitsKvmIT holds them to it.
 */
public final class HostLimits {
    /** The JVM's own, jars and libraries, KVM, loops, sockets. */
    private static final long MAIN_FILES = 80;

    private static final long FILES_PER_VCPU = 2;
    private static final long FILES_PER_DEVICE = 10;
    private static final long FILES_PER_QUEUE = 2;

    /** Starting a process moves what it is handed up to the numbers from 100 on, out of the way. */
    private static final long SPAWNING_FILES = 128;

    /** Threads of the main process's JVM and of the machine, apart from vCPUs and devices. */
    private static final long MAIN_TASKS = 24;

    private static final long FOREIGN_TASKS = 4;

    /** Threads of a disk that has no process of its own, besides its queue's worker; the kernel's for io_uring among them. */
    private static final long TASKS_PER_DISK = 4;

    /** What the main process maps besides guest memory from now on. */
    private static final long MORE_ADDRESSES = 256L << 20;

    private static final long KIBI = 1024;

    private HostLimits() {}

    /**
     * One limit, as it is.
     *
     * @param subject the limit: {@code open files (ulimit -n)}
     * @param isEnough whether the machine can run under it
     * @param found what it is and what is needed, for a person
     * @param fix what to do when it is not enough
     */
    public record Look(String subject, boolean isEnough, String found, String fix) {}

    /**
     * Takes what the hard limits give.
     *
     * @throws VmmException naming the first limit that is too low all the same, its value and the need
     */
    public static void require(DeviceGraph graph) {
        List.of(ResourceLimit.FILES, ResourceLimit.FILE_SIZE, ResourceLimit.PROCESSES, ResourceLimit.ADDRESS_SPACE)
                .forEach(ResourceLimit::raise);
        for (Look look : of(graph)) {
            if (!look.isEnough) {
                throw new VmmException(
                        graph.name() + ": " + look.subject + ": " + look.found + ". To change it: " + look.fix);
            }
        }
    }

    /** All limits that there are. Unlimited ones are left out, except for descriptors, which always are limited. */
    public static List<Look> of(DeviceGraph graph) {
        List<Look> looks = new ArrayList<>();
        looks.add(count("open files", ResourceLimit.FILES, files(graph)));
        addBytes(looks, "file size", ResourceLimit.FILE_SIZE, longestFile(graph));
        addBytes(
                looks,
                "address space",
                ResourceLimit.ADDRESS_SPACE,
                ownAddresses() + graph.memoryBytes() + MORE_ADDRESSES);
        long jails = tasks(graph, ProcessPlan.Kind.JAIL, JailShape.MIN_PROCESSES);
        // Of root's processes only jails are limited, whose users are others.
        if (jails > 0 && ResourceLimit.PROCESSES.hard() < jails) {
            looks.add(count("processes and threads of the jails", ResourceLimit.PROCESSES, jails));
        }
        long all = Math.max(0, MAIN_TASKS - own("Threads:"))
                + graph.vcpus()
                + graph.pci().size()
                + TASKS_PER_DISK * disksOnThreads(graph)
                + jails
                + tasks(graph, ProcessPlan.Kind.FOREIGN, FOREIGN_TASKS);
        if (graph.limits() != null && graph.limits().pids() != null) {
            long need = all + Math.min(MAIN_TASKS, own("Threads:"));
            looks.add(new Look(
                    "limits.pids",
                    graph.limits().pids() >= need,
                    "the limit is " + graph.limits().pids() + ", this machine needs " + need,
                    "limits.pids: " + need));
        }
        TaskLimit.ofThisProcess().forEach(limit -> looks.add(tasks(limit, all)));
        return looks;
    }

    private static long files(DeviceGraph graph) {
        long devices = graph.pci().stream()
                .mapToLong(function ->
                        FILES_PER_DEVICE + FILES_PER_QUEUE * function.queues().size())
                .sum();
        return Math.max(SPAWNING_FILES, MAIN_FILES + FILES_PER_VCPU * graph.vcpus() + devices);
    }

    /** Guest memory is a file too. Block devices are not limited. */
    private static long longestFile(DeviceGraph graph) {
        return Math.max(
                graph.memoryBytes(),
                graph.pci().stream()
                        .flatMap(function -> function.host().stream())
                        .filter(resource -> resource.kind() == HostResource.Kind.FILE
                                && resource.access().contains("write"))
                        .mapToLong(resource -> length(Path.of(resource.name())))
                        .max()
                        .orElse(0));
    }

    private static long length(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0; // Told when it is opened.
        }
    }

    private static long disksOnThreads(DeviceGraph graph) {
        return graph.pci().stream()
                .filter(function -> function.placement() == Placement.THREAD && function.type() == DeviceType.BLOCK)
                .count();
    }

    private static long tasks(DeviceGraph graph, ProcessPlan.Kind kind, long each) {
        return each
                * graph.processes().stream()
                        .filter(process -> process.kind() == kind)
                        .count();
    }

    private static Look count(String what, ResourceLimit limit, long need) {
        return new Look(
                what + " (" + limit.command() + ")",
                limit.hard() >= need,
                "the limit is " + text(limit.hard()) + ", this machine needs " + need,
                fix(limit, Long.toString(need), Long.toString(need)));
    }

    private static void addBytes(List<Look> looks, String what, ResourceLimit limit, long need) {
        if (limit.hard() != ResourceLimit.UNLIMITED) {
            looks.add(new Look(
                    what + " (" + limit.command() + ")",
                    limit.hard() >= need,
                    "the limit is " + limit.hard() / KIBI + " KiB, this machine needs " + (need + KIBI - 1) / KIBI
                            + " KiB",
                    fix(limit, "unlimited", "infinity")));
        }
    }

    private static String fix(ResourceLimit limit, String value, String directiveValue) {
        return limit.command() + " " + value + " (as root, or by /etc/security/limits.conf; for a service "
                + limit.directive() + "=" + directiveValue + ")";
    }

    private static Look tasks(TaskLimit limit, long need) {
        boolean ofUser = limit.name().startsWith("ulimit");
        String wanted = Long.toString(limit.used() + need);
        return new Look(
                "processes and threads (" + limit.name() + ")",
                limit.free() >= need,
                "the limit is " + limit.limit() + ", of which " + limit.used() + " are in use; this machine needs "
                        + need + " more",
                ofUser
                        ? fix(ResourceLimit.PROCESSES, wanted, wanted)
                        : "echo " + wanted + " >" + limit.name() + " (for a service TasksMax=" + wanted + ")");
    }

    private static String text(long value) {
        return value == ResourceLimit.UNLIMITED ? "unlimited" : Long.toString(value);
    }

    private static long ownAddresses() {
        return KIBI * own("VmSize:");
    }

    /** A number of this process's in /proc/self/status. */
    private static long own(String field) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
