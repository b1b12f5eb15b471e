package crosvm.vmm.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** This process's open descriptors, for tests that look for leaks. */
public final class OpenFds {
    private OpenFds() {}

    /** Number and target of each, without those of the listing itself. */
    public static Map<Integer, String> list() throws IOException {
        Map<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                try {
                    String target = Files.readSymbolicLink(entry).toString();
                    if (!target.startsWith("/proc/")) {
                        open.put(Integer.valueOf(entry.getFileName().toString()), target);
                    }
                } catch (IOException e) {
                    continue; // Closed since the folder was read.
                }
            }
        }
        return open;
    }

    /** How many sockets, eventfds, memfds and epoll instances are open: what tests here make. */
    public static long count() throws IOException {
        return list().values().stream()
                .filter(t -> t.startsWith("socket:") || t.startsWith("anon_inode:") || t.startsWith("/memfd:"))
                .count();
    }

    /**
     * Waits for {@link #count} to fall to {@code most} or below. Not for a number to be met: what earlier tests left to their
     * threads to close may go at any moment, and another thread may be closing right now.
     */
    public static void awaitAtMost(long most) throws IOException, InterruptedException {
        for (int i = 0; i < 3000 && count() > most; i++) {
            Thread.sleep(10);
        }
        if (count() > most) {
            throw new AssertionError(count() + " open, more than " + most + ": " + list());
        }
    }
}
