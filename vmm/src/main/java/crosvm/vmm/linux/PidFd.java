package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import org.jspecify.annotations.Nullable;

/**
 * A process by a descriptor of its own (pidfd_open(2)): readable once all of its threads have ended, by when its files are
 * closed and their locks are free; never another process's, as a number may be. Any thread may use it until it is closed.
 */
public final class PidFd implements AutoCloseable {
    private static final int SYS_PIDFD_SEND_SIGNAL = 424;
    private static final int SYS_PIDFD_OPEN = 434;

    private final Fd fd;

    private PidFd(Fd fd) {
        this.fd = fd;
    }

    /**
     * Of a process that the caller knows to be there, such as a child that it has not waited for.
     *
     * @throws ErrnoException with {@code name} in front: ESRCH when there is none
     */
    static PidFd of(int pid, String name) {
        return new PidFd(Fd.owning((int) ErrnoException.check(opened(pid), "pidfd_open " + name), "pidfd of " + name));
    }

    /**
     * Of a process that may be gone, and whose number may be another's by now: the caller looks, with this in hand, whether
     * it still is the one that was meant.
     *
     * @return null when there is none
     */
    public static @Nullable PidFd tryOpen(int pid) {
        long number = opened(pid);
        return number < 0 ? null : new PidFd(Fd.owning((int) number, "pidfd of " + pid));
    }

    private static long opened(int pid) {
        return LibC.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0);
    }

    /** Readable once the process has ended. Stays this object's. */
    public Fd fd() {
        return fd;
    }

    /** Sends a signal; a process that has ended already takes none. */
    public void signal(int signal) {
        LibC.syscall(SYS_PIDFD_SEND_SIGNAL, fd.number(), signal, 0, 0, 0, 0);
    }

    /**
     * Waits for the end of the process, whoever its parent is.
     *
     * @param timeoutMilliseconds -1 waits for ever
     * @return false when it still runs
     */
    public boolean awaitEnd(int timeoutMilliseconds) {
        return PollSet.readable(fd.number()).await(timeoutMilliseconds);
    }

    @Override
    public void close() {
        fd.close();
    }
}
