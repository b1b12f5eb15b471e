package crosvm.runner.instance;

import java.time.Duration;

/**
 * How long a machine that has ended waits until it is started again: longer each time, from a tenth of a second to a minute,
 * and from the start once it has run for ten seconds. Used by one thread.
 */
final class Backoff {
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration MAX_DELAY = Duration.ofMinutes(1);
    private static final Duration GOOD_RUN = Duration.ofSeconds(10);

    private Duration next = FIRST_DELAY;

    /** The wait after a run of this length. */
    Duration after(Duration run) {
        if (run.compareTo(GOOD_RUN) >= 0) {
            next = FIRST_DELAY;
        }
        Duration wait = next;
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : twice;
        return wait;
    }
}
