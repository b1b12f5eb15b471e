package crosvm.vmm.storage;

import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a file can be read and written past the host's page cache. Stateless; any thread. */
public final class DirectFile {
    private static final int O_DIRECT = 0x4000;

    private DirectFile() {}

    /** As {@link #require}, for a disk that is to be served that way. */
    public static void requireWhereWanted(DiskSpec disk, Fd file) {
        if (disk.cache() == DiskCache.NONE) {
            require(file);
        }
    }

    /**
     * Asks its file system, which may have no direct I/O.
     *
     * @throws VmmException naming the file and its file system
     */
    static void require(Fd file) {
        Path open = Path.of("/proc/self/fd/" + file.number());
        try {
            Fd.open(open.toString(), Fd.O_RDONLY | Fd.O_NONBLOCK | O_DIRECT).close();
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            throw new VmmException(
                    file.name() + ": cache: none is not possible: its file system (" + type(open)
                            + ") has no direct I/O. Move the file to another one, or set cache: host",
                    e);
        }
    }

    private static String type(Path open) {
        try {
            return Files.getFileStore(open.toRealPath()).type();
        } catch (IOException e) {
            return "unknown"; // A file without a name, in TMPDIR.
        }
    }
}
