package crosvm.vmm.jail;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that a program of somebody else's finds in its jail, by the names it opens them with: open files of ours, whatever
 * has become of their paths, and nothing else. Each opening gets a file description of its own. Any thread.
 */
public final class HandedFiles implements AutoCloseable {
    private static final int O_ACCMODE = 3;
    private static final int O_DIRECT = 0x4000;

    private final Map<String, Fd> files = new HashMap<>();
    private @Nullable ReadAhead readAhead;

    /** Adds a file, taken over; it can be opened for as much as it was opened for here. */
    public synchronized void add(String name, Fd file) {
        Fd before = files.put(name, file);
        if (before != null) {
            before.close();
        }
    }

    /** Takes a file away from those that can be opened, and closes it. */
    public synchronized void remove(String name) {
        Fd file = files.remove(name);
        if (file != null) {
            file.close();
        }
    }

    /**
     * From now on this is told before anything is read. The jail's policy must have reads announced
     * ({@link JailPolicy#announcingReads}).
     */
    synchronized void readThrough(ReadAhead content) {
        readAhead = content;
    }

    synchronized @Nullable ReadAhead readAhead() {
        return readAhead;
    }

    synchronized boolean has(String name) {
        return files.containsKey(name);
    }

    /**
     * The file, opened anew.
     *
     * @param flags of open(2), of which only those count that say what may be done with the file
     * @throws ErrnoException when there is none of that name, or more is asked for than it was added for
     */
    synchronized Fd open(String name, int flags) {
        Fd file = files.get(name);
        int wanted = flags & O_ACCMODE;
        if (file == null) {
            throw new ErrnoException(name, Errno.ENOENT.code());
        }
        if (wanted != Fd.O_RDONLY && file.accessMode() != Fd.O_RDWR) {
            throw new ErrnoException(name, Errno.EACCES.code());
        }
        return Fd.open("/proc/self/fd/" + file.number(), wanted | flags & O_DIRECT | Fd.O_NONBLOCK);
    }

    @Override
    public synchronized void close() {
        files.values().forEach(Fd::close);
        files.clear();
    }
}
