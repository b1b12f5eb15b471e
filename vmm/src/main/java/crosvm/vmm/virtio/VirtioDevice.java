package crosvm.vmm.virtio;

import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * A virtio device as its author writes it: what it offers, its configuration space, and what it does with a queue's
 * buffers. Whoever hosts it (a thread of the VMM, or a vhost-user process) takes care of rings, notifications and
 * threads, and keeps to this order:
 *
 * <pre>
 * attach  (negotiated  (queueStarted  handleQueue*  queueStopped)*  reset)*  close
 * </pre>
 *
 * {@link #queueStarted}, {@link #handleQueue} and {@link #queueStopped} of one queue run on that queue's worker thread;
 * queues with the same {@link #workerOf} share one. The rest may be called from any thread, never while the host changes
 * state at the same time; {@link #readConfig} and {@link #writeConfig} may come while workers run.
 */
public interface VirtioDevice extends AutoCloseable {
    /** Queue size unless a device says otherwise. */
    int QUEUE_SIZE = 256;

    DeviceType type();

    /** For messages: {@code blk /images/root.img}. */
    String name();

    /** The device's own feature bits; those of {@link Feature} are its host's business. */
    long features();

    int queueCount();

    /** The largest size of queue {@code queue}: a power of two, up to 32768. */
    default int queueSize(int queue) {
        return QUEUE_SIZE;
    }

    /** Which worker thread runs this queue, from 0; all on one unless a device says otherwise. */
    default int workerOf(int queue) {
        return 0;
    }

    /** Bytes of the configuration space; 0 for none. */
    default int configSize() {
        return 0;
    }

    /**
     * Reads the configuration space.
     *
     * @param offset 0 or more
     * @param size 1, 2, 4 or 8; the access lies inside {@link #configSize()}
     */
    default long readConfig(int offset, int size) {
        return 0;
    }

    /** Writes the configuration space; ignored unless the device has something to write. */
    default void writeConfig(int offset, int size, long value) {}

    /** What the device stands on may have changed (an image's size): look, and tell the host of a change. */
    default void refresh() {}

    /** Called once, before anything else. */
    default void attach(DeviceHost host) {}

    /** Whom to tell once, from any thread, that the device has failed for good, such as a disk that has lost data. */
    default void onFailure(Runnable listener) {}

    /** The driver has accepted these of the offered features, for all queues started before the next reset. */
    default void negotiated(long features) {}

    /** A queue is about to be handled. Here a device starts to watch its own descriptors. */
    default void queueStarted(int queue, QueueContext context) {}

    /**
     * The driver has made buffers available, or may have: take them until {@link SplitQueue#pop} has no more, and push
     * each when done with it. The driver is told afterwards.
     *
     * @throws QueueBroken when the driver broke a rule; the device then needs a reset
     */
    void handleQueue(int queue, SplitQueue ring) throws QueueBroken;

    /** The queue is handled no more; chains not pushed by now are lost. What it watches has been unwatched. */
    default void queueStopped(int queue) {}

    /** All queues have stopped; forget what the driver has set. */
    default void reset() {}

    /** All queues have stopped; give back host resources. */
    @Override
    default void close() {}
}
