package crosvm.vmm.device.blk;

import crosvm.vmm.virtio.QueueContext;
import org.jspecify.annotations.Nullable;

/**
 * Runs requests of one queue, many at a time, which end in any order. Used by the queue's worker only, who owns a request again
 * as soon as it has been taken back. Allocates nothing per request.
 */
interface RequestRunner extends AutoCloseable {
    /** The queue has started: calls {@code done} on its worker when there may be something to take back, until it stops. */
    void watch(QueueContext context, QueueContext.Handler done);

    /** Begins with a request whose status so far is OK; perhaps at the next {@link #submit()} only. */
    void start(DiskRequest request);

    /** Begins with everything that has been held back. */
    void submit();

    /**
     * {@link #submit()}, and waits a moment for a request to end, where that costs less than to be woken for it.
     *
     * @return whether there is something to take back
     */
    default boolean submitAndAwait() {
        submit();
        return false;
    }

    /** Takes back a request that has ended, with its status; null when there is none yet. */
    @Nullable DiskRequest takeDone();

    /** Waits until there may be something to take back. One request at least must be in flight. */
    void awaitDone();

    /** When nothing is in flight any more. */
    @Override
    void close();
}
