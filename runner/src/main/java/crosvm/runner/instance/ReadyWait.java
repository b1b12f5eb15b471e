package crosvm.runner.instance;

import crosvm.runner.readiness.Readiness;
import crosvm.runner.report.Durations;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits until a machine is ready, as its process has written it down. */
public final class ReadyWait {
    private static final long LOOK_AGAIN_MILLISECONDS = 50;

    private ReadyWait() {}

    /** How a wait ended. */
    public enum Outcome {
        READY,
        /** Not within the time that the spec or the caller gives it. */
        LATE,
        ENDED
    }

    /**
     * The end of a wait.
     *
     * @param missing what was waited for in vain, for people; empty when there is nothing to say
     */
    public record Result(Outcome outcome, String missing) {}

    /** Waits for one machine; a machine that is started again is waited for. */
    public static Result await(StateFolder folder, Duration timeout) {
        return await(folder, timeout, () -> false);
    }

    /**
     * The same, until somebody gives up.
     *
     * @param givenUp whether the wait is of no use any more; it is {@link Outcome#LATE} then
     */
    public static Result await(StateFolder folder, Duration timeout, BooleanSupplier givenUp) {
        long end = System.nanoTime() + timeout.toNanos();
        String missing = "";
        while (true) {
            InstanceState state = folder.read();
            if (state == null || !state.phaseNow().isAlive()) {
                return new Result(Outcome.ENDED, missing);
            }
            Readiness readiness = state.readiness();
            if (readiness != null) {
                missing = readiness.detail();
                switch (readiness.state()) {
                    case READY -> {
                        return new Result(Outcome.READY, "");
                    }
                    case OVERDUE, UNHEALTHY -> {
                        return new Result(Outcome.LATE, missing);
                    }
                    case WAITING -> {}
                }
            }
            if (givenUp.getAsBoolean()) {
                return new Result(Outcome.LATE, missing);
            }
            if (System.nanoTime() > end) {
                return new Result(
                        Outcome.LATE,
                        "not within " + Durations.text(timeout) + (missing.isEmpty() ? "" : " (" + missing + ")"));
            }
            try {
                Thread.sleep(LOOK_AGAIN_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Result(Outcome.LATE, missing);
            }
        }
    }
}
