package crosvm.vmm.event;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.abi.Epoll;
import crosvm.vmm.linux.jna.LibC;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for descriptors, timers and posted tasks, and runs their handlers one after the other (epoll(7)). The thread
 * inside {@link #run()} is the loop's owner: all handlers run there. {@link #watch}, {@link #after}, {@link #post},
 * {@link #call}, {@link #stop()} and the handles' {@code close} may be used from any thread. A wake-up for a descriptor
 * costs one system call and allocates nothing. An exception from a handler ends {@link #run()} and reaches its caller.
 */
public final class EventLoop implements AutoCloseable {
    public static final int READABLE = Epoll.IN;
    public static final int WRITABLE = Epoll.OUT;
    public static final int PEER_CLOSED = Epoll.RDHUP;
    /** Always watched for: an error or a hang-up of the descriptor. */
    public static final int BROKEN = Epoll.ERR | Epoll.HUP;
    /** Report each signal once instead of for as long as data is there: an eventfd then need not be drained. */
    public static final int EDGE_TRIGGERED = Epoll.EDGE_TRIGGERED;

    private static final int BATCH = 16;
    private static final int LOOK_AFTER_MILLISECONDS = 200;
    private static final long NANOS_PER_MILLISECOND = 1_000_000;

    private final String name;
    private final Fd epoll;
    private final EventFd wake;
    private final NativeBuffer ready = NativeBuffer.allocate(BATCH * Epoll.EVENT.size());
    private final NativeBuffer control = NativeBuffer.of(Epoll.EVENT);
    private final List<@Nullable Watch> watches = new ArrayList<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private ArrayDeque<Runnable> running = new ArrayDeque<>();
    private volatile @Nullable Thread owner;
    /** The owner, and who was it when there is none any more. */
    private @Nullable Thread lastOwner;

    private volatile boolean stopping;
    private boolean ended;

    /** Called on the loop's thread when its descriptor is ready. */
    @FunctionalInterface
    public interface Handler {
        /** @param events a combination of {@link #READABLE}, {@link #WRITABLE}, {@link #PEER_CLOSED}, {@link #BROKEN} */
        void ready(int events);
    }

    /** A watched descriptor; {@link #close()} ends the watch (before the descriptor is closed) and can be repeated. */
    public final class Watch implements AutoCloseable {
        private final Fd fd;
        private final int number;
        private final Handler handler;
        private final int slot;

        private Watch(Fd fd, Handler handler, int slot) {
            this.fd = fd;
            this.number = fd.number();
            this.handler = handler;
            this.slot = slot;
        }

        /** From the loop's thread: the handler runs no more. From another: it may be running for the last time. */
        @Override
        public void close() {
            forget(this);
        }
    }

    /** A pending timer. */
    public final class Timer implements AutoCloseable, Comparable<Timer> {
        private final long due;
        private final Runnable task;

        private Timer(long due, Runnable task) {
            this.due = due;
            this.task = task;
        }

        @Override
        public void close() {
            synchronized (EventLoop.this) {
                timers.remove(this);
            }
        }

        @Override
        public int compareTo(Timer other) {
            return Long.signum(due - other.due);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** @param name for messages */
    public EventLoop(String name) {
        this.name = name;
        epoll = Fd.owning(ErrnoException.check(LibC.epoll_create1(Fd.O_CLOEXEC), "epoll_create1 " + name), name);
        EventFd waker = null;
        try {
            waker = EventFd.create(name + " wake");
            wake = waker;
            watch(wake.fd(), READABLE, events -> wake.drain());
        } catch (RuntimeException e) {
            epoll.close();
            if (waker != null) {
                waker.close();
            }
            throw e;
        }
    }

    /**
     * Calls {@code handler} whenever {@code fd} is ready.
     *
     * @param interest {@link #READABLE} and the like, added up
     * @throws ErrnoException when the descriptor cannot be watched (a regular file, or watched already)
     */
    public synchronized Watch watch(Fd fd, int interest, Handler handler) {
        int slot = watches.indexOf(null);
        if (slot < 0) {
            slot = watches.size();
            watches.add(null);
        }
        Watch watch = new Watch(fd, handler, slot);
        Epoll.EVENTS.set(control.bytes(), interest);
        Epoll.DATA.set(control.bytes(), 0, 0, slot);
        Epoll.DATA.set(control.bytes(), 0, 1, watch.number);
        ErrnoException.check(
                LibC.epoll_ctl(epoll.number(), Epoll.CTL_ADD, fd.number(), control.address()),
                name + ": watch " + fd.name());
        watches.set(slot, watch);
        return watch;
    }

    private synchronized void forget(Watch watch) {
        if (watches.get(watch.slot) == watch) {
            watches.set(watch.slot, null);
            if (watch.fd.isOpen() && epoll.isOpen()) {
                LibC.epoll_ctl(epoll.number(), Epoll.CTL_DEL, watch.number, control.address());
            }
        }
    }

    /** Runs {@code task} once on the loop's thread, at the earliest {@code milliseconds} from now. */
    public synchronized Timer after(long milliseconds, Runnable task) {
        Timer timer = new Timer(System.nanoTime() + milliseconds * NANOS_PER_MILLISECOND, task);
        timers.add(timer);
        wakeUp();
        return timer;
    }

    /** Runs {@code task} on the loop's thread soon. Answers false, without running it, once the loop has ended. */
    public synchronized boolean post(Runnable task) {
        if (ended) {
            return false;
        }
        tasks.add(task);
        wakeUp();
        return true;
    }

    /**
     * Runs {@code task} on the loop's thread and waits for it; right here when this is the loop's thread or the loop
     * has ended. Waits for the loop to start, too. The caller holds no lock that a handler needs.
     */
    public void call(Runnable task) {
        CountDownLatch done = new CountDownLatch(1);
        boolean posted = Thread.currentThread() != owner
                && post(() -> {
                    try {
                        task.run();
                    } finally {
                        done.countDown();
                    }
                });
        if (!posted) {
            task.run();
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                if (done.await(LOOK_AFTER_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                    break;
                }
                if (ownerIsDead()) {
                    task.run();
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * A file that is truncated under a mapping makes the JVM throw an InternalError a moment later, anywhere, even in the
     * loop's own last lines; nobody would run what has been posted then.
     */
    private synchronized boolean ownerIsDead() {
        Thread thread = lastOwner;
        if (thread != null && !thread.isAlive()) {
            ended = true;
            return true;
        }
        return false;
    }

    private void wakeUp() {
        if (Thread.currentThread() != owner) {
            wake.signal();
        }
    }

    /** Makes this thread the loop's owner until {@link #stop()}; tasks posted by then have run when it returns. */
    public void run() {
        synchronized (this) {
            owner = Thread.currentThread();
            lastOwner = owner;
        }
        try {
            while (!stopping) {
                int count = LibC.epoll_wait(epoll.number(), ready.address(), BATCH, runDue());
                if (count < 0 && LibC.errno() != Errno.EINTR.code()) {
                    throw new ErrnoException(name + ": epoll_wait", LibC.errno());
                }
                for (int i = 0; i < count; i++) {
                    dispatch(i * Epoll.EVENT.size());
                }
            }
        } finally {
            synchronized (this) {
                ended = true;
            }
            owner = null;
            runRest();
        }
    }

    /**
     * What has been posted runs, also behind a task that has failed and taken the loop along: somebody may wait for it. The
     * first failure reaches the caller of {@link #run()}.
     */
    private void runRest() {
        Throwable first = null;
        for (Runnable task = nextOfRest(); task != null; task = nextOfRest()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                first = first == null ? e : first;
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private synchronized @Nullable Runnable nextOfRest() {
        Runnable task = running.poll();
        return task == null ? tasks.poll() : task;
    }

    private void dispatch(int base) {
        int slot = (int) Epoll.DATA.get(ready.bytes(), base, 0);
        int number = (int) Epoll.DATA.get(ready.bytes(), base, 1);
        Watch watch;
        synchronized (this) {
            watch = watches.get(slot);
        }
        // The slot may have been emptied, or given to another descriptor, by a handler earlier in this batch.
        if (watch != null && watch.number == number) {
            watch.handler.ready((int) Epoll.EVENTS.get(ready.bytes(), base, 0));
        }
    }

    /** Runs posted tasks and due timers; answers how many milliseconds epoll may wait, -1 for ever. */
    private int runDue() {
        runTasks();
        while (true) {
            Timer timer;
            synchronized (this) {
                if (stopping || !tasks.isEmpty()) {
                    return 0;
                }
                timer = timers.peek();
                if (timer == null) {
                    return -1;
                }
                long wait = timer.due - System.nanoTime();
                if (wait > 0) {
                    return (int)
                            Math.min(Integer.MAX_VALUE, (wait + NANOS_PER_MILLISECOND - 1) / NANOS_PER_MILLISECOND);
                }
                timers.poll();
            }
            timer.task.run();
        }
    }

    private void runTasks() {
        synchronized (this) {
            ArrayDeque<Runnable> posted = tasks;
            tasks = running;
            running = posted;
        }
        for (Runnable task = running.poll(); task != null; task = running.poll()) {
            task.run();
        }
    }

    /** Ends {@link #run()} after the handler that is running now. */
    public void stop() {
        stopping = true;
        wake.signal();
    }

    /** Frees the loop's own descriptors, after {@link #run()} has returned; the watched ones stay their owners'. */
    @Override
    public synchronized void close() {
        ended = true;
        wake.close();
        epoll.close();
    }
}
