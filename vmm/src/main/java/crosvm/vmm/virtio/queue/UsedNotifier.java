package crosvm.vmm.virtio.queue;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import java.lang.invoke.VarHandle;

/**
 * Decides whether the driver wants to hear of used buffers, and tells it (virtio 1.2 §2.7.7): by the flag in the
 * available ring, or, with VIRTIO_F_RING_EVENT_IDX, when the used index passes the one the driver names. Belongs to the
 * queue's worker thread.
 */
final class UsedNotifier {
    private static final int NO_INTERRUPT = 1;

    private final GuestMemory memory;
    private final EventFd call;
    private final long flags;
    private final long usedEvent;
    private final boolean eventIdx;
    private int told;
    private boolean first = true;

    UsedNotifier(GuestMemory memory, Vring ring, boolean eventIdx, int usedIndex, EventFd call) {
        this.memory = memory;
        this.call = call;
        this.flags = ring.available();
        this.usedEvent = ring.available() + 4 + 2L * ring.size();
        this.eventIdx = eventIdx;
        this.told = usedIndex;
    }

    /** How many chains the driver has not been told of. */
    int untold(int usedIndex) {
        return usedIndex - told & 0xffff;
    }

    /** @param usedIndex what the used ring's index has been released as */
    void notifyUpTo(int usedIndex) {
        if (usedIndex == told) {
            return;
        }
        // The index must be visible before the driver's wish is read, or both sides may wait for each other.
        VarHandle.fullFence();
        boolean wanted;
        if (eventIdx) {
            int event = memory.u16(usedEvent);
            // vring_need_event, in 16 bits: is the event index among the ones passed since the last time?
            wanted = first || (usedIndex - event - 1 & 0xffff) < (usedIndex - told & 0xffff);
        } else {
            wanted = (memory.u16(flags) & NO_INTERRUPT) == 0;
        }
        told = usedIndex;
        first = false;
        if (wanted) {
            call.signal();
        }
    }
}
