package crosvm.vmm.event;

import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A one-shot timer on an {@link EventLoop}, to the nanosecond (timerfd_create(2)): for a moment of the host's time of day,
 * which stays what it is when somebody sets the host's clock, or after a while, which then stays as long as it is. The task
 * runs on the loop's thread; the other methods may be called by any.
 */
public final class PreciseTimer implements AutoCloseable {
    private static final int CLOCK_REALTIME = 0;
    private static final int TFD_NONBLOCK = 0x800;
    private static final int TFD_CLOEXEC = 0x80000;
    private static final int TFD_TIMER_ABSTIME = 1;

    /** struct itimerspec: interval and value, each seconds and nanoseconds. A value of zero disarms. */
    private static final int ITIMERSPEC_SIZE = 32;

    private static final int VALUE_SECONDS = 16;
    private static final int VALUE_NANOSECONDS = 24;

    private static final long SECOND = 1_000_000_000;

    private final Fd fd;
    private final NativeBuffer spec = NativeBuffer.allocate(ITIMERSPEC_SIZE);
    private final NativeBuffer expirations = NativeBuffer.allocate(8);
    private final EventLoop.Watch watch;

    /** @param due runs on the loop's thread */
    public PreciseTimer(String name, EventLoop loop, Runnable due) {
        int number = LibC.timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        fd = Fd.owning(ErrnoException.check(number, "timerfd_create " + name), "timer " + name);
        try {
            watch = loop.watch(fd, EventLoop.READABLE, events -> {
                LibC.read(fd.number(), expirations.address(), 8);
                due.run();
            });
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Replaces what is waited for; null: nothing. A moment that has passed is due at once. */
    public void at(@Nullable Instant moment) {
        long seconds = moment == null ? 0 : Math.max(0, moment.getEpochSecond());
        set(TFD_TIMER_ABSTIME, seconds, moment == null ? 0 : Math.max(seconds == 0 ? 1 : 0, moment.getNano()));
    }

    /**
     * Replaces what is waited for.
     *
     * @param nanoseconds from now, 1 or more
     */
    public void after(long nanoseconds) {
        set(0, nanoseconds / SECOND, nanoseconds % SECOND);
    }

    private synchronized void set(int flags, long seconds, long nanoseconds) {
        if (!fd.isOpen()) {
            return;
        }
        spec.bytes().putLong(VALUE_SECONDS, seconds).putLong(VALUE_NANOSECONDS, nanoseconds);
        ErrnoException.check(
                LibC.timerfd_settime(fd.number(), flags, spec.address(), 0), "timerfd_settime " + fd.name());
    }

    @Override
    public synchronized void close() {
        if (fd.isOpen()) {
            watch.close();
            fd.close();
        }
    }
}
