package crosvm.runner.image;

import java.time.Duration;

/**
 * How long a server is waited for.
 *
 * @param connect for a connection
 * @param stall for the answer, and between two pieces of the body
 * @param attempts in a row that bring nothing new; one that brings something counts anew
 * @param pause before the second attempt; twice as long before each one after it
 */
record Patience(Duration connect, Duration stall, int attempts, Duration pause) {
    static final Patience USUAL =
            new Patience(Duration.ofSeconds(30), Duration.ofSeconds(60), 5, Duration.ofSeconds(1));
}
