package crosvm.vmm.device.blk;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.virtio.QueueContext;
import org.jspecify.annotations.Nullable;

/**
 * Runs requests on the disk's threads: where there is no io_uring, and what a ring does not run: flushes, discards, zeroes.
 */
final class ThreadRunner implements RequestRunner {
    private final DiskThreads threads;
    private final DoneRequests done;

    /**
     * @param threads stay the caller's
     * @param done of the queue; stays the caller's
     */
    ThreadRunner(DiskThreads threads, DoneRequests done) {
        this.threads = threads;
        this.done = done;
    }

    @Override
    public void watch(QueueContext context, QueueContext.Handler onDone) {
        // Edge-triggered: the counter need not be read, which saves a system call.
        context.watch(done.signal().fd(), EventLoop.READABLE | EventLoop.EDGE_TRIGGERED, onDone);
    }

    @Override
    public void start(DiskRequest request) {
        threads.add(request);
    }

    @Override
    public void submit() {}

    @Override
    public @Nullable DiskRequest takeDone() {
        return done.take();
    }

    @Override
    public void awaitDone() {
        done.await();
    }

    @Override
    public void close() {}
}
