package crosvm.runner.instance;

import crosvm.vmm.linux.OwnProcess;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A machine that lives on while its state folder was removed: systemd does that to {@code /run/user/UID} at logout, and cleaners
 * do to {@code /tmp}. Its lock went with the folder, so its process is looked for by the removed lock that it holds open: among those
 * that hold a lock, for every process of a busy host has many files, and each machine that starts looks.
 */
final class RemovedFolder {
    private static final String PROGRAM = "java";
    private static final String REMOVED = " (deleted)";

    /** In a line of {@code /proc/locks} (proc_pid_locks(5)), from the kind on: who holds it, and of which file. */
    private static final int HOLDER = 3;

    private static final int FILE = 4;

    private RemovedFolder() {}

    /**
     * The process of such a machine of this user.
     *
     * @param known what {@code /proc/locks} says; null to read it
     */
    static Optional<Long> holder(StateFolder folder, Path proc, @Nullable KernelLocks known) {
        // Of a file system that is no longer mounted the kernel tells the path from its root on.
        Path lock = folder.lockFile();
        Path all = Objects.requireNonNull(folder.path().getParent(), "a state folder lies in that of all machines");
        Path mounted = Objects.requireNonNullElse(all.getParent(), all);
        List<String> links = List.of(lock + REMOVED, "/" + mounted.relativize(lock) + REMOVED);
        long self = OwnProcess.pid();
        try {
            Object user = Files.getAttribute(proc.resolve(String.valueOf(self)), "unix:uid", LinkOption.NOFOLLOW_LINKS);
            for (long pid : lockers(proc, all, known)) {
                if (pid != self && holds(proc.resolve(String.valueOf(pid)), user, links)) {
                    return Optional.of(pid);
                }
            }
        } catch (IOException e) {
            return Optional.empty(); // Without /proc nothing runs here anyway.
        }
        return Optional.empty();
    }

    /** The processes that hold a lock, but for those of machines whose lock is where it belongs. */
    private static Set<Long> lockers(Path proc, Path all, @Nullable KernelLocks known) throws IOException {
        List<String> locks;
        try {
            locks = known == null ? Files.readAllLines(proc.resolve("locks")) : known.lines();
        } catch (IOException e) {
            return processes(proc); // Some sandboxes hide it.
        }
        Set<Long> lockers = new HashSet<>();
        Set<String> present = present(all);
        for (String line : locks) {
            List<Object> words = Collections.list(new StringTokenizer(line.substring(line.indexOf(':') + 1)));
            // Ours is of that kind; "->" is one that only waits.
            if (words.size() > FILE && words.get(0).equals("POSIX") && !present.contains(words.get(FILE))) {
                lockers.add(Long.parseLong((String) words.get(HOLDER)));
            }
        }
        return lockers;
    }

    private static Set<Long> processes(Path proc) throws IOException {
        Set<Long> all = new HashSet<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            processes.forEach(
                    process -> all.add(Long.parseLong(process.getFileName().toString())));
        }
        return all;
    }

    /** The locks of all state folders, as {@code /proc/locks} names files. */
    private static Set<String> present(Path all) {
        Set<String> present = new HashSet<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(all)) {
            for (Path folder : folders) {
                Path lock = new StateFolder("", folder).lockFile();
                if (Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
                    present.add(file(lock));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return present; // One that goes meanwhile is looked at as others are.
        }
        return present;
    }

    /** Major and minor number of the device (makedev(3)), and the inode. */
    private static String file(Path path) throws IOException {
        Map<String, Object> file = Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
        long device = (Long) Objects.requireNonNull(file.get("dev"), "dev");
        long major = device >> 8 & 0xfff | device >> 32 & ~0xfffL;
        long minor = device & 0xff | device >> 12 & ~0xffL;
        return hex(major) + ":" + hex(minor) + ":" + file.get("ino");
    }

    private static String hex(long number) {
        String digits = Long.toHexString(number);
        return digits.length() < 2 ? "0" + digits : digits;
    }

    private static boolean holds(Path process, Object user, List<String> links) {
        try {
            if (!Files.readString(process.resolve("comm")).strip().equals(PROGRAM)
                    || !user.equals(Files.getAttribute(process, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
                return false;
            }
            try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
                for (Path descriptor : descriptors) {
                    if (links.contains(Files.readSymbolicLink(descriptor).toString())) {
                        return true;
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return false; // It has ended meanwhile, or shows nothing of itself.
        }
        return false;
    }
}
