package crosvm.vmm.device.blk;

import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.function.LongSupplier;

/**
 * Whether a driver's next request comes so soon after the last that it is worth to look for it for a moment instead of being woken,
 * which takes as long as a read of a fast disk. Looks only after it would have been worth it several times in a row. Belongs to
 * the queue's worker.
 */
final class RequestPace {
    /** How long is looked; QEMU's I/O threads do for 32 µs. */
    private static final long LOOK_NANOSECONDS = 50_000;

    /** With the time that it takes to be woken. */
    private static final long SOON_NANOSECONDS = 200_000;

    /** Times in a row. */
    private static final int PROVEN = 2;

    /** After looking has been in vain. */
    private static final int DISPROVEN = -16;

    private final LongSupplier nanoTime;
    private int soon;
    private boolean idle;
    private long idleSince;

    RequestPace() {
        this(System::nanoTime);
    }

    /** @param nanoTime as System.nanoTime */
    RequestPace(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The worker has been woken. */
    void begins() {
        if (idle) {
            idle = false;
            soon = nanoTime.getAsLong() - idleSince < SOON_NANOSECONDS ? Math.min(PROVEN, soon + 1) : Math.min(0, soon);
        }
    }

    /** Nothing is in flight: waits a moment for the next request, if that is likely to come. @return whether it has */
    boolean awaitNext(SplitQueue ring) {
        long now = nanoTime.getAsLong();
        if (soon >= PROVEN) {
            long end = now + LOOK_NANOSECONDS;
            while (now - end < 0) {
                if (ring.hasNext()) {
                    return true;
                }
                Thread.onSpinWait();
                now = nanoTime.getAsLong();
            }
            soon = DISPROVEN;
        }
        idle = true;
        idleSince = now;
        return false;
    }
}
