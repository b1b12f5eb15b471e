package crosvm.vmm.virtio.pci;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.virtio.queue.SplitQueue;
import crosvm.vmm.virtio.queue.Vring;

/** One queue's registers in the common configuration, and its notification. Guarded by the transport's lock. */
final class QueueRegisters {
    final int index;
    final int maxSize;
    /** Signalled when the driver notifies. */
    final EventFd kick;

    int size;
    long descriptors;
    long available;
    long used;
    boolean enabled;
    boolean started;
    /** Where the ioeventfd of {@link #kick} is, or -1. */
    long notifyAddress = -1;

    QueueRegisters(String device, int index, int maxSize) {
        if (maxSize < 1 || maxSize > SplitQueue.MAX_SIZE || Integer.bitCount(maxSize) != 1) {
            throw new IllegalArgumentException(device + ": queue " + index + " of size " + maxSize);
        }
        this.index = index;
        this.maxSize = maxSize;
        this.kick = EventFd.create(device + " kick " + index);
        reset();
    }

    /** Back to how the driver finds a fresh device. */
    void reset() {
        size = maxSize;
        descriptors = 0;
        available = 0;
        used = 0;
        enabled = false;
        started = false;
        kick.drainShared();
    }

    /** virtio 1.2 §4.1.5.1.3: a power of two up to what was offered; anything else is no size for a queue. */
    void setSize(int value) {
        if (!enabled && value > 0 && value <= maxSize && Integer.bitCount(value) == 1) {
            size = value;
        }
    }

    Vring ring() {
        return new Vring(size, descriptors, available, used, 0);
    }
}
