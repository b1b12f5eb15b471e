package crosvm.runner.instance;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine that lives on while its state folder was removed: systemd does that to {@code /run/user/UID} at logout, and cleaners
 * do to {@code /tmp}. Its lock went with the folder, so its process is looked for by the removed lock that it holds open.
 */
final class RemovedFolder {
    private static final String PROGRAM = "java";
    private static final String REMOVED = " (deleted)";

    private RemovedFolder() {}

    /** The process of such a machine of this user. */
    static Optional<Long> holder(StateFolder folder, Path proc) {
        // Of a file system that is no longer mounted the kernel tells the path from its root on.
        Path lock = folder.lockFile();
        Path all = Objects.requireNonNull(folder.path().getParent(), "a state folder lies in that of all machines");
        Path mounted = Objects.requireNonNullElse(all.getParent(), all);
        List<String> links = List.of(lock + REMOVED, "/" + mounted.relativize(lock) + REMOVED);
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            Object user = Files.getAttribute(proc.resolve(String.valueOf(self)), "unix:uid", LinkOption.NOFOLLOW_LINKS);
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (pid != self && holds(process, user, links)) {
                    return Optional.of(pid);
                }
            }
        } catch (IOException e) {
            return Optional.empty(); // Without /proc nothing runs here anyway.
        }
        return Optional.empty();
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
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return false; // It has ended meanwhile, or shows nothing of itself.
        }
        return false;
    }
}
