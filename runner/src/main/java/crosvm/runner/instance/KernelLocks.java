package crosvm.runner.instance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc/locks} says (proc_pid_locks(5)). The kernel waits for an RCU grace period before it says it, 6 to 20 ms
 * (fs/locks.c: locks_start), so that a machine's start has it read while its command line and its file are.
 */
public final class KernelLocks {
    private static final Path LOCKS = Path.of("/proc/locks");

    /** The kernel dates changes of a folder by the last tick of its clock, 10 ms ago at most. */
    private static final long TICK_MILLISECONDS = 20;

    private static volatile @Nullable KernelLocks ahead;

    private final long began = System.currentTimeMillis();
    private final Reader reader = new Reader();

    /** No FutureTask, whose handles Java 17 makes in front of everything else. */
    private static final class Reader extends Thread {
        private @Nullable List<String> lines;
        private @Nullable IOException failure;

        Reader() {
            super("locks");
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                lines = Files.readAllLines(LOCKS);
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    private KernelLocks() {}

    /** Begins to read them on a thread of its own, for the machine that this process is going to start. */
    public static void readAhead() {
        KernelLocks locks = new KernelLocks();
        locks.reader.start();
        ahead = locks;
    }

    /**
     * Those that were read ahead, for one machine. They are as good as read now if nothing has come to a folder or gone from it since:
     * whatever holds a lock on a file that was in it there has held it before.
     *
     * @return null when they have not been read, or something has changed
     */
    static @Nullable KernelLocks unless(Path changed) {
        KernelLocks locks = ahead;
        ahead = null;
        if (locks == null) {
            return null;
        }
        try {
            long last = Files.readAttributes(changed, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .lastModifiedTime()
                    .toMillis();
            return last < locks.began - TICK_MILLISECONDS ? locks : null;
        } catch (IOException e) {
            return null; // It is not there, or was removed with all that was in it.
        }
    }

    /** Waits until they are read. */
    List<String> lines() throws IOException {
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        List<String> lines = reader.lines;
        if (lines == null) {
            throw new IOException("/proc/locks", reader.failure);
        }
        return lines;
    }
}
