package crosvm.runner.image;

import java.time.Duration;

/**
 * How long a server is waited for, and how much it may send.
 *
 * @param connect for a connection
 * @param stall for the answer, and between two pieces of the body
 * @param attempts in a row that bring nothing new; one that brings something counts anew
 * @param pause before the second attempt; twice as long before each one after it
 * @param mostUnannounced bytes that are taken at most when the server does not say how many there are
 */
record Patience(Duration connect, Duration stall, int attempts, Duration pause, long mostUnannounced) {
    /** Larger than any image that somebody would send so. */
    private static final long MOST_UNANNOUNCED = 64L << 30;

    static final Patience USUAL =
            new Patience(Duration.ofSeconds(30), Duration.ofSeconds(60), 5, Duration.ofSeconds(1));

    Patience(Duration connect, Duration stall, int attempts, Duration pause) {
        this(connect, stall, attempts, pause, MOST_UNANNOUNCED);
    }
}
