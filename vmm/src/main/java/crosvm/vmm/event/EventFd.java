package crosvm.vmm.event;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;

/**
 * A Linux event counter (eventfd(2)): kicks, calls, wake-ups. {@link #signal()} may be called by any thread; one thread
 * at a time drains or waits.
 */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final short POLLIN = 1;

    private final Fd fd;
    private final NativeBuffer one = NativeBuffer.allocate(8);
    private final NativeBuffer count = NativeBuffer.allocate(8);
    private final NativeBuffer poll = NativeBuffer.allocate(8);

    private EventFd(Fd fd) {
        this.fd = fd;
        one.bytes().putLong(0, 1);
        poll.bytes().putInt(0, fd.number()).putShort(4, POLLIN);
    }

    /** A fresh, non-blocking eventfd with count 0. */
    public static EventFd create(String name) {
        int number = ErrnoException.check(LibC.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd " + name);
        return new EventFd(Fd.owning(number, "eventfd " + name));
    }

    /** Takes over an eventfd received from another process. */
    public static EventFd owning(Fd fd) {
        return new EventFd(fd);
    }

    public Fd fd() {
        return fd;
    }

    /** Adds one. A full counter (2^64 - 2) is already as signalled as can be. */
    public void signal() {
        LibC.write(fd.number(), one.address(), 8);
    }

    /** Takes the whole count without waiting; 0 when nothing was signalled. */
    public long drain() {
        long got = LibC.read(fd.number(), count.address(), 8);
        return got == 8 ? count.bytes().getLong(0) : 0;
    }

    /**
     * Waits until signalled and takes the count.
     *
     * @param timeoutMilliseconds -1 waits for ever
     * @return the count, 0 on time-out
     */
    public long await(int timeoutMilliseconds) {
        int ready = LibC.poll(poll.address(), 1, timeoutMilliseconds);
        if (ready < 0 && LibC.errno() != Errno.EINTR.code()) {
            throw new ErrnoException(fd.name() + ": poll", LibC.errno());
        }
        return ready > 0 ? drain() : 0;
    }

    /** Whether a count is waiting, which stays. */
    public boolean isSignalled() {
        return LibC.poll(poll.address(), 1, 0) > 0;
    }

    @Override
    public void close() {
        fd.close();
    }
}
