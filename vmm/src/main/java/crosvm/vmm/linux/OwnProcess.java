package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.Binding;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** What this process is by itself and hands down to programs that it starts, beside its environment. Any thread. */
public final class OwnProcess {
    private static final int SYS_KILL = 62;
    private static final int SYS_FCHDIR = 81;
    private static final int SYS_UMASK = 95;
    private static final int SYS_EXIT_GROUP = 231;
    private static final int SYS_PRLIMIT64 = 302;

    /** RLIMIT_CPU is 0, RLIMIT_RTTIME 15 (asm-generic/resource.h). */
    private static final int LIMITS = 16;

    private static final int LIMIT_SIZE = 2 * Long.BYTES;

    private OwnProcess() {}

    /** Goes to a folder, by which relative paths are resolved in calls to the kernel; Java remembers where it was at its start. */
    public static void enter(Fd folder) {
        ErrnoException.check(
                LibC.syscall(SYS_FCHDIR, folder.number(), 0, 0, 0, 0, 0), folder.name() + ": cannot be entered");
    }

    /** Sets which permissions new files do not get: 0 to 0777. */
    public static void setUmask(int mask) {
        LibC.syscall(SYS_UMASK, mask, 0, 0, 0, 0, 0);
    }

    /** Has this descriptor be number 0, 1 or 2, or any other, too, and there for the programs that this process starts. */
    public static void place(Fd from, int number) {
        int result;
        do {
            result = LibC.dup3(from.number(), number, 0);
        } while (result < 0 && (LibC.errno() == Errno.EINTR.code() || LibC.errno() == Errno.EBUSY.code()));
        ErrnoException.check(result, from.name() + ": dup3");
    }

    /**
     * Ends this process at once, without hooks. {@link Runtime#halt} waits 300 ms for threads that are inside a system call, as those are
     * that wait for a terminal's input or a caller; but what has made no system call of ours yet is not bound to libc for this.
     *
     * @param status 0 to 255
     */
    public static void end(int status) {
        if (Binding.isDone()) {
            LibC.syscall(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
        }
        Runtime.getRuntime().halt(status);
    }

    /** Its number. Not {@link ProcessHandle}'s, which makes a pool of threads for it. */
    public static int pid() {
        return LibC.getpid();
    }

    /** Sends a signal to this process itself. */
    public static void signal(int number) {
        LibC.syscall(SYS_KILL, pid(), number, 0, 0, 0, 0);
    }

    /**
     * All resource limits of another process of this user's.
     *
     * @return null when one of them is above what this process may have, or they cannot be read
     */
    public static @Nullable NativeBuffer limitsOf(int pid) {
        NativeBuffer theirs = NativeBuffer.allocate(LIMITS * LIMIT_SIZE);
        NativeBuffer ours = NativeBuffer.allocate(LIMIT_SIZE);
        boolean isRoot = LibC.geteuid() == 0;
        try {
            for (int i = 0; i < LIMITS; i++) {
                if (LibC.syscall(SYS_PRLIMIT64, pid, i, 0, theirs.address() + (long) i * LIMIT_SIZE, 0, 0) < 0
                        || LibC.syscall(SYS_PRLIMIT64, 0, i, 0, ours.address(), 0, 0) < 0) {
                    return null;
                }
                long hard = theirs.bytes().getLong(i * LIMIT_SIZE + Long.BYTES);
                if (!isRoot && Long.compareUnsigned(hard, ours.bytes().getLong(Long.BYTES)) > 0) {
                    return null;
                }
            }
            return theirs;
        } finally {
            Reference.reachabilityFence(theirs);
            Reference.reachabilityFence(ours);
        }
    }

    /** Sets all resource limits as {@link #limitsOf} has read them. */
    public static void setLimits(NativeBuffer limits) {
        for (int i = 0; i < LIMITS; i++) {
            ErrnoException.check(
                    LibC.syscall(SYS_PRLIMIT64, 0, i, limits.address() + (long) i * LIMIT_SIZE, 0, 0, 0),
                    "resource limit " + i + ": prlimit");
        }
        Reference.reachabilityFence(limits);
    }
}
