package crosvm.vmm.jail;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.ResourceLimit;
import java.util.List;

/**
 * What a jailed process may consume at most, from the closing of its door on (getrlimit(2)). Soft limits: the process cannot
 * raise them, for no policy lets it set any, and whoever started it can, without being root.
 *
 * @param fileBytes how far into a file it may write (RLIMIT_FSIZE): the size of its largest image
 * @param sharedBytes memory of others that it maps, the guest's above all; negative when nobody knows
 * @param devices how many devices it serves, each on a thread and a socket
 * @param queues how many virtqueues these have, each with a thread and event descriptors at most
 * @param descriptors how many descriptors it may come to hold besides those of every device
 * @param privateBytes memory of its own (RLIMIT_DATA)
 */
public record JailLimits(
        long fileBytes, long sharedBytes, int devices, int queues, int descriptors, long privateBytes) {
    /** Memory of a JVM's own: heap, metaspace, code cache, the compiler's scratch memory, stacks. */
    public static final long PRIVATE_BYTES = 256L << 20;

    /**
     * Address space apart from shared memory (RLIMIT_AS), most of which a JVM reserves and never uses; each device maps the
     * shared memory by itself, and twice while it maps it anew. It bounds the page tables.
     */
    public static final long ADDRESS_BYTES = 4L << 30;

    /** Of a JVM. */
    JailLimits(long fileBytes, long sharedBytes, int devices, int queues) {
        this(fileBytes, sharedBytes, devices, queues, 0, PRIVATE_BYTES);
    }

    /** For a process that is handed these, whoever it will share memory with. */
    public static JailLimits of(List<Fd> handed) {
        long largest = 0;
        for (Fd file : handed) {
            FileType type = FileType.of(file);
            boolean sized = type == FileType.REGULAR || type == FileType.BLOCK_DEVICE;
            if (sized && file.accessMode() != Fd.O_RDONLY) {
                largest = Math.max(largest, FileType.sizeOf(file));
            }
        }
        return new JailLimits(largest, -1, 1, 1);
    }

    /** The same for one that may write so far into files that it gets later. */
    public JailLimits withFiles(long bytes) {
        return new JailLimits(Math.max(fileBytes, bytes), sharedBytes, devices, queues, descriptors, privateBytes);
    }

    public JailLimits withShared(long bytes) {
        return new JailLimits(fileBytes, bytes, devices, queues, descriptors, privateBytes);
    }

    /** The same for one that serves so many devices with so many virtqueues together. */
    public JailLimits withDevices(int count, int queueCount) {
        return new JailLimits(fileBytes, sharedBytes, count, queueCount, descriptors, privateBytes);
    }

    /** The same for one that may come to hold so many descriptors more. */
    public JailLimits withDescriptors(int count) {
        return new JailLimits(fileBytes, sharedBytes, devices, queues, count, privateBytes);
    }

    /** For prlimit(1). */
    List<String> options() {
        String data = "--data=" + within(ResourceLimit.DATA, privateBytes) + ":";
        return sharedBytes < 0
                ? List.of(fileOption(fileBytes), data)
                : List.of(
                        fileOption(fileBytes),
                        data,
                        "--as=" + within(ResourceLimit.ADDRESS_SPACE, ADDRESS_BYTES + 2L * devices * sharedBytes)
                                + ":");
    }

    static String fileOption(long bytes) {
        return "--fsize=" + within(ResourceLimit.FILE_SIZE, bytes) + ":";
    }

    /** No soft limit may be above the hard one, which is the same for our children. */
    private static long within(ResourceLimit limit, long bytes) {
        return Math.min(limit.hard(), bytes);
    }
}
