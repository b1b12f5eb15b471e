package crosvm.vmm.device.cmos;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Register C of an MC146818: which of its three interrupts are due (data sheet, "Register C" and "Interrupts"). Flags are set
 * whether or not the interrupt is enabled, stay until they are read, and are found out when somebody looks: a clock that
 * nobody asks for interrupts costs nothing. All times are those of the RTC. Guarded by its RTC's monitor.
 */
final class RtcInterrupts {
    static final int REQUEST = 0x80;
    static final int PERIODIC = 0x40;
    static final int ALARM = 0x20;
    static final int UPDATE_ENDED = 0x10;
    /** The flags of register C, and the enable bits of register B in the same places. */
    static final int ALL = PERIODIC | ALARM | UPDATE_ENDED;

    private static final long SECOND = 1_000_000_000;
    private static final int DAY = 86_400;

    private int flags;
    private Instant seen;

    /**
     * What register A and B say of time.
     *
     * @param updates whether the time goes on: no SET, no divider reset
     * @param frequency of the periodic interrupt in hertz, 0: none
     * @param alarm when it is due
     */
    record Rates(boolean updates, int frequency, RtcAlarm alarm) {}

    RtcInterrupts(Instant now) {
        seen = now;
    }

    /** The time was set or goes on after a halt: what lies between is no event. */
    void skipTo(Instant now) {
        seen = now;
    }

    /** Sets the flags of all that has happened since the last call. */
    void advance(Instant now, Rates rates) {
        if (now.isAfter(seen)) { // Otherwise the host's clock was set back.
            long passed = now.getEpochSecond() - seen.getEpochSecond();
            if (rates.updates && passed > 0) {
                flags |= UPDATE_ENDED;
                int until = rates.alarm.secondsAfter(secondOfDay(seen));
                if (until > 0 && until <= passed) {
                    flags |= ALARM;
                }
            }
            if (rates.frequency > 0 && (passed > 0 || tick(now, rates) != tick(seen, rates))) {
                flags |= PERIODIC;
            }
        }
        seen = now;
    }

    /** Register C; reading it clears all of it. */
    int take(int enabled) {
        int value = flags | (requested(enabled) ? REQUEST : 0);
        flags = 0;
        return value;
    }

    /** Whether the chip's interrupt output is active. */
    boolean requested(int enabled) {
        return (flags & enabled & ALL) != 0;
    }

    /**
     * When the next interrupt is due that the guest waits for: enabled, and its flag not set. So an interrupt that the guest
     * does not acknowledge, however short its period, needs no timer.
     */
    @Nullable Instant next(int enabled, Rates rates) {
        int awaited = enabled & ~flags;
        long second = seen.getEpochSecond();
        Instant first = null;
        if (rates.updates && (awaited & UPDATE_ENDED) != 0) {
            first = Instant.ofEpochSecond(second + 1);
        } else if (rates.updates && (awaited & ALARM) != 0) {
            int until = rates.alarm.secondsAfter(secondOfDay(seen));
            first = until < 0 ? null : Instant.ofEpochSecond(second + until);
        }
        if (rates.frequency > 0 && (awaited & PERIODIC) != 0) {
            long start = (tick(seen, rates) + 1) * SECOND;
            Instant tick = Instant.ofEpochSecond(second, (start + rates.frequency - 1) / rates.frequency);
            first = first == null || tick.isBefore(first) ? tick : first;
        }
        return first;
    }

    private static int secondOfDay(Instant time) {
        return Math.floorMod(time.getEpochSecond(), DAY);
    }

    /** Which one of the second's periods a time lies in. */
    private static long tick(Instant time, Rates rates) {
        return time.getNano() * (long) rates.frequency / SECOND;
    }
}
