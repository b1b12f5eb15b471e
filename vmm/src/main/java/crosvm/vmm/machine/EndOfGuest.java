package crosvm.vmm.machine;

import crosvm.vmm.bus.MachineEvents;
import crosvm.vmm.machine.Shutdown.Reason;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects what ends the machine until somebody waits for it: the first event decides, except that a guest which
 * reported a panic may go on to print, dump and reset, and still ended by panic. Any thread.
 */
final class EndOfGuest implements MachineEvents {
    /** How long a panicked guest may take to print its last words, unless it resets before, in milliseconds. */
    static final long PANIC_GRACE_MILLISECONDS = 3_000;

    private static final Set<Reason> GUESTS_OWN =
            EnumSet.of(Reason.PANIC, Reason.TRIPLE_FAULT, Reason.RESET, Reason.POWER_OFF);

    private final LongConsumer afterGrace;
    private @Nullable Shutdown decided;
    private boolean panicked;

    /** @param afterGrace asked, at most once, to call {@link #panicGraceOver()} after that many milliseconds */
    EndOfGuest(LongConsumer afterGrace) {
        this.afterGrace = afterGrace;
    }

    @Override
    public void powerOff() {
        end(Shutdown.of(Reason.POWER_OFF));
    }

    @Override
    public void reset() {
        end(Shutdown.of(Reason.RESET));
    }

    @Override
    public void panicked() {
        synchronized (this) {
            if (panicked) {
                return;
            }
            panicked = true;
        }
        afterGrace.accept(PANIC_GRACE_MILLISECONDS);
    }

    void panicGraceOver() {
        end(Shutdown.of(Reason.PANIC));
    }

    /** Ends the machine that way unless it ended already. */
    synchronized void end(Shutdown shutdown) {
        if (decided != null) {
            return;
        }
        boolean guestsOwn = GUESTS_OWN.contains(shutdown.reason());
        decided = panicked && guestsOwn ? new Shutdown(Reason.PANIC, shutdown.detail()) : shutdown;
        notifyAll();
    }

    /** Whether something has ended it already. */
    synchronized boolean isDecided() {
        return decided != null;
    }

    /** Waits for the end. */
    synchronized Shutdown await() throws InterruptedException {
        while (decided == null) {
            wait();
        }
        return decided;
    }
}
