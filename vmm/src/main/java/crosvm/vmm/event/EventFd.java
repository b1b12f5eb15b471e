package crosvm.vmm.event;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;

/**
 * A Linux event counter (eventfd(2)): kicks, calls, wake-ups. {@link #signal()} may be called by any thread; one thread
 * at a time drains or waits.
 */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final short POLLIN = 1;
    private static final long SYS_PREADV2 = 327;
    private static final long RWF_NOWAIT = 8;
    private static final long CURRENT_POSITION = -1;

    private final Fd fd;
    private final NativeBuffer one = NativeBuffer.allocate(8);
    private final NativeBuffer count = NativeBuffer.allocate(8);
    private final NativeBuffer poll = NativeBuffer.allocate(8);
    private final PollSet room;
    private final NativeBuffer countVector = NativeBuffer.of(SocketMessage.IOVEC);

    private EventFd(Fd fd) {
        this.fd = fd;
        room = PollSet.readable(fd.number());
        one.bytes().putLong(0, 1);
        poll.bytes().putInt(0, fd.number()).putShort(4, POLLIN);
        room.watch(0, fd.number(), PollSet.WRITABLE);
        SocketMessage.IOV_BASE.set(countVector.bytes(), count.address());
        SocketMessage.IOV_LEN.set(countVector.bytes(), 8);
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
     * As {@link #drain}, for one that a process shares which is not trusted: it may have made the eventfd a blocking one for
     * everybody (fcntl(2), F_SETFL), or take the count between our look and our reading. Never waits nevertheless
     * (preadv2(2), RWF_NOWAIT; where the kernel is older than 5.8, by a look before).
     */
    public long drainShared() {
        long got = LibC.syscall(SYS_PREADV2, fd.number(), countVector.address(), 1, CURRENT_POSITION, 0, RWF_NOWAIT);
        if (got < 0 && LibC.errno() == Errno.EOPNOTSUPP.code()) {
            return isSignalled() ? drain() : 0;
        }
        return got == 8 ? count.bytes().getLong(0) : 0;
    }

    /**
     * As {@link #signal}, for one that a process shares which is not trusted: it may have filled the counter and made the
     * eventfd a blocking one. A counter without room for one more is left alone, for it is signalled already.
     */
    public void signalShared() {
        if (room.await(0)) {
            signal();
        }
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
