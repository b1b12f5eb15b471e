package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's complaints about rings, an eventfd for each queue, seen on an event loop: told once for each start of a
 * queue, however often a hostile guest makes the kernel complain. Any thread.
 */
final class VhostErrors implements AutoCloseable {
    private final EventLoop loop;
    private final IntConsumer onError;
    private final EventFd[] errors;
    private final EventLoop.@Nullable Watch[] watches;

    /** @param onError called on the loop's thread with the queue's number */
    VhostErrors(String device, int queues, EventLoop loop, IntConsumer onError) {
        this.loop = loop;
        this.onError = onError;
        errors = new EventFd[queues];
        watches = new EventLoop.Watch[queues];
        for (int i = 0; i < queues; i++) {
            errors[i] = EventFd.create(device + " error " + i);
        }
    }

    /** The eventfd to give to the kernel, watched from now on. */
    synchronized EventFd watch(int queue) {
        if (watches[queue] == null) {
            errors[queue].drain();
            watches[queue] = loop.watch(errors[queue].fd(), EventLoop.READABLE, events -> signalled(queue));
        }
        return errors[queue];
    }

    private void signalled(int queue) {
        if (unwatch(queue)) {
            onError.accept(queue);
        }
    }

    /** @return whether it was watched */
    synchronized boolean unwatch(int queue) {
        EventLoop.Watch watch = watches[queue];
        if (watch == null) {
            return false;
        }
        watch.close();
        watches[queue] = null;
        return true;
    }

    @Override
    public synchronized void close() {
        for (int i = 0; i < errors.length; i++) {
            unwatch(i);
            errors[i].close();
        }
    }
}
