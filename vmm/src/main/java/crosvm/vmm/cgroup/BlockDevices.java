package crosvm.vmm.cgroup;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which block devices of the host files are on. Looks at the host on every call; any thread. */
final class BlockDevices {
    private BlockDevices() {}

    /**
     * The whole devices, not partitions, that these files are on, as {@code MAJOR:MINOR}; each once.
     *
     * @throws VmmException naming a file that is on none, as in a tmpfs
     */
    static List<String> of(List<Path> files) {
        Set<String> devices = new LinkedHashSet<>();
        files.forEach(file -> devices.add(of(file)));
        return List.copyOf(devices);
    }

    private static String of(Path file) {
        try {
            Path there = Files.exists(file) ? file.toRealPath() : existing(file).toRealPath();
            boolean node = there.startsWith("/dev") && !Files.isRegularFile(there) && !Files.isDirectory(there);
            long number = (long) Files.getAttribute(there, node ? "unix:rdev" : "unix:dev");
            if (major(number) == 0) { // Of btrfs and the like, which have a number of their own: by what is mounted.
                Path source = Path.of(Files.getFileStore(there).name());
                if (!source.startsWith("/dev") || !Files.exists(source)) {
                    throw new VmmException("limits.io: " + file + " is not on a block device but on "
                            + Files.getFileStore(there).type() + ", which cannot be limited. Move it, or remove io");
                }
                number = (long) Files.getAttribute(source.toRealPath(), "unix:rdev");
            }
            return whole(major(number) + ":" + minor(number));
        } catch (IOException e) {
            throw new VmmException("limits.io: " + file + ": " + FailureReason.of(e), e);
        }
    }

    /** An overlay that is yet to be made will be where its folder is. */
    private static Path existing(Path file) {
        Path folder = file.toAbsolutePath();
        while (!Files.exists(folder) && folder.getParent() != null) {
            folder = folder.getParent();
        }
        return folder;
    }

    /** A partition has no queue of its own: its limits are those of the device. */
    private static String whole(String device) throws IOException {
        Path entry = Path.of("/sys/dev/block", device);
        return Files.exists(entry.resolve("partition"))
                ? Files.readString(entry.toRealPath().resolveSibling("dev")).strip()
                : device;
    }

    /** As glibc's gnu_dev_major(3). */
    static long major(long device) {
        return device >>> 8 & 0xfff | device >>> 32 & 0xfffff000L;
    }

    /** As glibc's gnu_dev_minor(3). */
    static long minor(long device) {
        return device & 0xff | device >>> 12 & 0xffffff00L;
    }
}
