package crosvm.vmm.storage;

import crosvm.schema.model.DiskCache;
import crosvm.schema.model.DiskSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.DirectIo;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whether a file can be read and written past the host's page cache. Stateless; any thread. */
public final class DirectFile {
    private DirectFile() {}

    /**
     * As {@link #open}, for a disk that is to be served that way, and no more than a look.
     *
     * @throws VmmException as it does
     */
    public static void requireWhereWanted(DiskSpec disk, Fd file) {
        Fd direct = openWhereWanted(disk, file);
        if (direct != null) {
            direct.close();
        }
    }

    /**
     * As {@link #open}, for a disk that is to be read and written that way.
     *
     * @return null for one in the page cache
     * @throws VmmException as it does
     */
    public static @Nullable Fd openWhereWanted(DiskSpec disk, Fd file) {
        return disk.cache() == DiskCache.NONE ? open(file) : null;
    }

    /**
     * Opens a file again, past the page cache.
     *
     * @throws VmmException naming the file and its file system, which may have no direct I/O, or none for this file
     */
    static Fd open(Fd file) {
        try {
            Fd direct = DirectIo.open(file);
            if (DirectIo.of(direct).block() > 0) {
                return direct;
            }
            direct.close(); // Such as an ext4 that keeps its data in its journal, too.
            throw new VmmException(impossible(file, "has no direct I/O for it"));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            throw new VmmException(impossible(file, "has no direct I/O"), e);
        }
    }

    private static String impossible(Fd file, String why) {
        return file.name() + ": cache: none is not possible: its file system ("
                + type(Path.of("/proc/self/fd/" + file.number())) + ") " + why
                + ". Move the file to another one, or set cache: host";
    }

    private static String type(Path open) {
        try {
            return Files.getFileStore(open.toRealPath()).type();
        } catch (IOException e) {
            return "unknown"; // A file without a name, in TMPDIR.
        }
    }
}
