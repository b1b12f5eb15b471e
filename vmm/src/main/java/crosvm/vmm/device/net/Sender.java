package crosvm.vmm.device.net;

import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/** Carries frames of one transmit queue out. Belongs to the queue's worker, except the feature bits. */
interface Sender {
    default void started(QueueContext context) {}

    /** Sends what is available. A frame that cannot be sent is dropped, as cables do; its buffers go back all the same. */
    void handle(SplitQueue ring) throws QueueBroken;

    default void stopped() {}
}
