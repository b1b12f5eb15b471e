package crosvm.vmm.virtio;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/** What a device sees of a started queue's surroundings. To be used on the queue's worker thread only. */
public interface QueueContext {
    SplitQueue ring();

    GuestMemory memory();

    /** Called on the worker when a watched descriptor is ready or a timer is due. The driver is told afterwards. */
    @FunctionalInterface
    interface Handler {
        /** @throws QueueBroken as in {@link VirtioDevice#handleQueue} */
        void run() throws QueueBroken;
    }

    /** Ends a watch or a timer. */
    @FunctionalInterface
    interface Cancel {
        void cancel();
    }

    /**
     * Calls {@code handler} whenever {@code fd} is ready (or has failed), until cancelled or the queue stops. A
     * descriptor can be watched once.
     *
     * @param interest {@link crosvm.vmm.event.EventLoop#READABLE} and the like, added up
     * @throws crosvm.vmm.linux.ErrnoException when the descriptor cannot be polled
     */
    Cancel watch(Fd fd, int interest, Handler handler);

    /** Calls {@code handler} once after {@code milliseconds}, unless cancelled or the queue stops before. */
    Cancel after(long milliseconds, Handler handler);
}
