package crosvm.vmm.device.serial;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How soon a UART that sends at once interrupts for more. A driver goes on in its interrupt handler for as long as the
 * transmitter asks for characters, which on a chip needs its time for those it has. Without that time Linux writes all it
 * has, up to 512 FIFOs full, while its other work and its other processes wait. So when the driver has written after an
 * interrupt, the next one comes as much later as it took to write: whatever an access costs, half of the processor is left to
 * others, and no interrupt rises while the driver still fills the FIFO (PC16550D §8.4 delays that of a single character
 * for the same reason). Only the interrupt waits: the line status says at once that the transmitter is empty, so kernels that
 * poll it for their own messages are as fast as can be.
 *
 * <p>Guarded by its UART's monitor.
 */
final class TransmitPace {
    /** So that the handler sees an end of it also where an access costs nearly nothing. */
    static final long SHORTEST = 100_000;

    /** Bounds what a driver waits that was kept from its work between the interrupt and its characters. */
    static final long LONGEST = 50_000_000;

    private final LongSupplier nanoTime;
    private final LongConsumer timer;
    private long burstStart;
    private long restEnd;
    private boolean interrupted;
    private boolean timing;

    /**
     * @param nanoTime a monotonic clock
     * @param timer calls {@link #timeIsUp()} so many nanoseconds from now; another call replaces that
     */
    TransmitPace(LongSupplier nanoTime, LongConsumer timer) {
        this.nanoTime = nanoTime;
        this.timer = timer;
        restEnd = nanoTime.getAsLong();
    }

    /** The driver has taken note of the transmitter's interrupt. */
    void acknowledged() {
        interrupted = true;
        burstStart = nanoTime.getAsLong();
    }

    /** The driver wants no interrupts of the transmitter: what it writes now, it writes of its own accord. */
    void disabled() {
        interrupted = false;
    }

    /** The driver has written a character. */
    void written() {
        if (interrupted) {
            long now = nanoTime.getAsLong();
            restEnd = now + Math.max(SHORTEST, Math.min(LONGEST, now - burstStart));
        }
    }

    /** Whether the transmitter must not interrupt yet; then the timer is set for when it may. */
    boolean rests() {
        long left = restEnd - nanoTime.getAsLong();
        if (left <= 0) {
            return false;
        }
        if (!timing) {
            timing = true;
            timer.accept(left);
        }
        return true;
    }

    /** The timer's time has come. */
    void timeIsUp() {
        timing = false;
    }
}
