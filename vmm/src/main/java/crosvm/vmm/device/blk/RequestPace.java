package crosvm.vmm.device.blk;

import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.function.LongSupplier;

/**
 * Whether a driver's next request comes so soon after the last that it is worth to look for it for a moment instead of being woken,
 * which takes as long as a read of a fast disk, and much longer where other programs want the processor. Looks only after requests
 * have come soon several times in a row: the more often looking has been in vain of late the more times, so that a driver whose
 * requests always come a little too late costs one look in {@value #MOST_DOUBT} requests, and one that the host has interrupted
 * once is looked for again at once. Belongs to the queue's worker.
 */
final class RequestPace {
    /** How long is looked; QEMU's I/O threads do for 32 µs. */
    private static final long LOOK_NANOSECONDS = 50_000;

    /** With the time that it takes to be woken. */
    private static final long SOON_NANOSECONDS = 200_000;

    /** Times in a row, while it is not known whether looking pays. */
    private static final int FIRST_DOUBT = 2;

    private static final int MOST_DOUBT = 32;

    private final LongSupplier nanoTime;
    private final boolean mayLook;
    /** How many requests in a row must have come soon: twice as many when looking was in vain, one less when it paid. */
    private int doubt = FIRST_DOUBT;
    /** How many are left of that. */
    private int toCome = FIRST_DOUBT;

    private boolean idle;
    private long idleSince;

    RequestPace() {
        this(System::nanoTime, Runtime.getRuntime().availableProcessors());
    }

    /**
     * @param nanoTime as System.nanoTime
     * @param processors on one alone it never looks, for the driver could do nothing meanwhile
     */
    RequestPace(LongSupplier nanoTime, int processors) {
        this.nanoTime = nanoTime;
        mayLook = processors > 1;
    }

    /** The worker has been woken. */
    void begins() {
        if (idle) {
            idle = false;
            boolean soon = nanoTime.getAsLong() - idleSince < SOON_NANOSECONDS;
            toCome = soon ? Math.max(0, toCome - 1) : Math.max(doubt, toCome);
        }
    }

    /** Nothing is in flight: waits a moment for the next request, if that is likely to come. @return whether it has */
    boolean awaitNext(SplitQueue ring) {
        long now = nanoTime.getAsLong();
        if (mayLook && toCome == 0) {
            long end = now + LOOK_NANOSECONDS;
            while (now - end < 0) {
                if (ring.hasNext()) {
                    doubt = Math.max(1, doubt - 1);
                    return true;
                }
                Thread.onSpinWait();
                now = nanoTime.getAsLong();
            }
            doubt = Math.min(MOST_DOUBT, 2 * doubt);
            toCome = doubt;
        }
        idle = true;
        idleSince = now;
        return false;
    }
}
