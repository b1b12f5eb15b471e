package crosvm.runner.instance;

import java.time.Duration;

/**
 * How long a machine that has ended waits until it is started again: longer each time, from a tenth of a second to a minute,
 * and from the start once it has run for ten seconds. Used by one thread.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final Duration GOOD_RUN = Duration.ofSeconds(10);

    private Duration next = FIRST;

    /** The wait after a run of this length. */
    Duration after(Duration run) {
        if (run.compareTo(GOOD_RUN) >= 0) {
            next = FIRST;
        }
        Duration wait = next;
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
        return wait;
    }
}
