package crosvm.vmm.device.blk;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.Uninterruptibly;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one queue that have been run on other threads and wait for its worker to give them back. Any thread adds, the
 * worker takes. Allocates nothing per request.
 */
final class DoneRequests implements AutoCloseable {
    private final EventFd signal;
    private final DiskRequest[] waiting = new DiskRequest[RequestTable.CAPACITY];
    private final Uninterruptibly.Wait forOne = this::awaitOne;
    private int first;
    private int count;

    DoneRequests(String name) {
        signal = EventFd.create(name + " done");
    }

    /** Signalled each time the first request is added where there was none. */
    EventFd signal() {
        return signal;
    }

    synchronized void add(DiskRequest request) {
        waiting[(first + count) % waiting.length] = request;
        if (count++ == 0) {
            signal.signal();
            notifyAll();
        }
    }

    synchronized @Nullable DiskRequest take() {
        if (count == 0) {
            return null;
        }
        DiskRequest request = waiting[first];
        first = (first + 1) % waiting.length;
        count--;
        return request;
    }

    /** Waits until there is one. */
    void await() {
        Uninterruptibly.run(forOne);
    }

    private synchronized void awaitOne() throws InterruptedException {
        while (count == 0) {
            wait();
        }
    }

    @Override
    public void close() {
        signal.close();
    }
}
