package crosvm.vmm.device.blk;

import crosvm.vmm.event.Uninterruptibly;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Threads that run a disk's requests, each one at a time and to its end: those of all of its queues, in the order in which they
 * come. They start with this, because in a jail none can later. Any thread may add. Allocates nothing per request.
 */
final class DiskThreads implements AutoCloseable {
    private final DiskCommands commands;
    private final DiskRequest[] waiting;
    private final List<Thread> threads = new ArrayList<>();
    private final Uninterruptibly.Wait forWork = this::awaitWork;
    private int first;
    private int count;
    private boolean closing;

    /**
     * @param queues whose requests come here, each {@value RequestTable#CAPACITY} at most
     * @param number of threads, 1 or more
     */
    DiskThreads(DiskCommands commands, int queues, int number, String name) {
        this.commands = commands;
        waiting = new DiskRequest[queues * RequestTable.CAPACITY];
        for (int i = 0; i < number; i++) {
            Thread thread = new Thread(this::run, name + " io " + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    /** It comes back by {@link DiskRequest#handBack()}. */
    synchronized void add(DiskRequest request) {
        waiting[(first + count) % waiting.length] = request;
        count++;
        notify();
    }

    private void run() {
        for (DiskRequest request = next(); request != null; request = next()) {
            request.end(commands.run(request));
            request.handBack();
        }
    }

    /** Takes the next request; null when this has been closed. */
    private synchronized @Nullable DiskRequest next() {
        Uninterruptibly.run(forWork);
        if (count == 0) {
            return null;
        }
        DiskRequest request = waiting[first];
        first = (first + 1) % waiting.length;
        count--;
        return request;
    }

    private synchronized void awaitWork() throws InterruptedException {
        while (count == 0 && !closing) {
            wait();
        }
    }

    /** Waits for what is running. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            notifyAll();
        }
        threads.forEach(thread -> Uninterruptibly.run(thread::join));
    }
}
