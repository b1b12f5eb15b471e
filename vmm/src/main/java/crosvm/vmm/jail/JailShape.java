package crosvm.vmm.jail;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ResourceLimit;
import java.util.List;

/** What all jails have in common, for those who make them and for those who tell of them. */
public final class JailShape {
    /** The namespaces that are the jail's own, by the names of unshare(1)'s options. */
    public static final List<String> NAMESPACES = List.of("user", "mount", "net", "ipc", "uts", "pid");

    /**
     * Where a jail's program starts. The root folder, for it is replaced along with the root; any other would stay behind, and
     * with it a way out.
     */
    static final String FIRST_FOLDER = "/";

    /** More than a device's queues, memory regions and its JVM's own files. */
    private static final int MAX_FILES = 256;

    private static final int FILES_PER_DEVICE = 8;
    private static final int FILES_PER_QUEUE = 6;

    /** Its worker, and the threads that run a disk's requests: ours, or one of ours and the kernel's. */
    private static final int TASKS_PER_QUEUE = 6;

    /** The launcher's processes and the JVM's threads; counted in the jail's own user namespace. */
    private static final int MAX_PROCESSES = 64;

    /** What the first descriptors are, by their numbers; those the program is for come behind. */
    public static final List<String> DESCRIPTORS =
            List.of("/dev/null", "the log, a pipe", "the log, a pipe", "the door: closing, pulse");

    /** Without which a jail does not start: its JVM's own, the door, one device. */
    static final int MIN_FILES = 64;

    /** Threads of the JVM and the launcher's processes. */
    public static final int MIN_PROCESSES = 28;

    private JailShape() {}

    /**
     * How many descriptors it may have: {@value #MAX_FILES}, or what a large group of devices needs, and {@code held} more that
     * guests can make its devices hold.
     */
    public static int maxFiles(int devices, int queues, int held) {
        return held + Math.max(MAX_FILES, MIN_FILES + FILES_PER_DEVICE * devices + FILES_PER_QUEUE * queues);
    }

    /** How many tasks it may have: {@value #MAX_PROCESSES}, or what a large group of devices needs. */
    public static int maxProcesses(int devices, int queues) {
        return Math.max(MAX_PROCESSES, MIN_PROCESSES + devices + TASKS_PER_QUEUE * queues);
    }

    /**
     * How many descriptors and tasks it may have: {@link #maxFiles} and {@link #maxProcesses}, or what our own hard limits give,
     * which nobody without privilege can exceed.
     *
     * @throws VmmException when that is too few to start
     */
    static List<String> counts(JailLimits limits) {
        return List.of(
                "--nofile="
                        + within(
                                ResourceLimit.FILES,
                                MIN_FILES,
                                maxFiles(limits.devices(), limits.queues(), limits.descriptors())),
                "--nproc="
                        + within(
                                ResourceLimit.PROCESSES,
                                MIN_PROCESSES,
                                maxProcesses(limits.devices(), limits.queues())));
    }

    private static long within(ResourceLimit limit, long min, long max) {
        long hard = limit.hard();
        if (hard < min) {
            throw new VmmException(
                    limit.command() + " is " + hard + ", and a device process needs " + min + ". Raise it");
        }
        return Math.min(hard, max);
    }
}
