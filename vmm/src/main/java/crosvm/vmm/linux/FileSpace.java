package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Flock;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/** Locks, durability, allocation and cached pages of open files. Results are 0 or the negative errno; nothing is thrown. */
public final class FileSpace {
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int DONT_NEED = 4;

    private FileSpace() {}

    /**
     * Locks the whole file for this open file description, without waiting; the lock goes when its last descriptor is
     * closed, in whatever way the process ends (fcntl(2), open file description locks).
     */
    public static int lock(Fd file, boolean exclusive) {
        NativeBuffer lock = NativeBuffer.of(Flock.LAYOUT);
        Flock.TYPE.set(lock.bytes(), exclusive ? Flock.F_WRLCK : Flock.F_RDLCK);
        int outcome = result(LibC.fcntl(file.number(), Flock.F_OFD_SETLK, lock.address()));
        Reference.reachabilityFence(lock);
        return outcome;
    }

    /** Returns when everything written is on stable storage (fdatasync(2)). */
    public static int sync(Fd file) {
        int result;
        do {
            result = result(LibC.fdatasync(file.number()));
        } while (result == -Errno.EINTR.code());
        return result;
    }

    /** Has the host's page cache keep none of the file that is on stable storage and that nobody has mapped (posix_fadvise(2)). */
    public static int forget(Fd file) {
        return -LibC.posix_fadvise(file.number(), 0, 0, DONT_NEED);
    }

    /** Gives the bytes' space back; they read as zeros. */
    public static int punchHole(Fd file, long offset, long length) {
        return allocate(file, PUNCH_HOLE | KEEP_SIZE, offset, length);
    }

    /** Makes the file so long: cut off, or followed by a hole. */
    public static int setLength(Fd file, long length) {
        int result;
        do {
            result = result(LibC.ftruncate(file.number(), length));
        } while (result == -Errno.EINTR.code());
        return result;
    }

    /** Makes the file reach to the end of these bytes, all of them with space of their own. */
    public static int extend(Fd file, long offset, long length) {
        return allocate(file, 0, offset, length);
    }

    private static int allocate(Fd file, int mode, long offset, long length) {
        int result;
        do {
            result = result(LibC.fallocate(file.number(), mode, offset, length));
        } while (result == -Errno.EINTR.code());
        return result;
    }

    private static int result(int result) {
        return result < 0 ? -LibC.errno() : 0;
    }
}
