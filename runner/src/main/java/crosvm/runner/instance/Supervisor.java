package crosvm.runner.instance;

import crosvm.runner.report.EndReport;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.RestartPolicy;
import crosvm.vmm.VmmException;
import crosvm.vmm.machine.Shutdown;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a machine, and again as its restart policy says, writing down at each step where it is. It is the machine's own process
 * that starts it again: there is no other one that could fail. {@link #run} belongs to one thread, {@link #stop(Shutdown)} to any.
 */
final class Supervisor {
    /** One run of a machine after the other. */
    interface Runs {
        /**
         * Makes the machine, runs it to its end and closes it.
         *
         * @param running called when it is made and about to run
         * @throws VmmException when it cannot be made
         */
        End once(Runnable running);

        /** Ends the run there is, and every later one at once. Any thread. */
        void stop(Shutdown how);
    }

    /**
     * How a run ended.
     *
     * @param wanted whether somebody outside asked for it
     */
    record End(Shutdown how, boolean wanted) {}

    /** What is waited on between two runs; a test's passes time by itself. */
    interface Pause {
        /** Returns when the time is over or {@code lock} is notified. The caller holds it. */
        void on(Object lock, Duration time) throws InterruptedException;
    }

    private final Runs runs;
    private final RestartPolicy policy;
    private final InstantSource clock;
    private final Pause pause;
    private final Consumer<InstanceState> written;
    private final Consumer<String> tell;
    private final Object lock = new Object();
    private @Nullable Shutdown stopped;
    private InstanceState state;
    private boolean hasRun;

    /**
     * @param state the first, already written
     * @param written gets each new state
     * @param tell gets what the user should know of each restart
     */
    Supervisor(
            Runs runs,
            RestartPolicy policy,
            InstantSource clock,
            Pause pause,
            InstanceState state,
            Consumer<InstanceState> written,
            Consumer<String> tell) {
        this.runs = runs;
        this.policy = policy;
        this.clock = clock;
        this.pause = pause;
        this.state = state;
        this.written = written;
        this.tell = tell;
    }

    /**
     * Runs the machine to its last end, which the caller writes down.
     *
     * @throws VmmException when it cannot be made the first time
     */
    Shutdown run() {
        Backoff backoff = new Backoff();
        while (true) {
            Instant start = clock.instant();
            End end = once();
            Shutdown how = end.how();
            if (!RestartRule.again(policy, how.reason(), end.wanted())) {
                return how;
            }
            Duration wait = backoff.after(Duration.between(start, clock.instant()));
            int status = EndReport.statusOf(how).code();
            tell.accept(EndReport.cause(how) + "; starting it again in " + seconds(wait) + " s (restart: "
                    + EnumWord.of(policy) + ")");
            change(state.after(Phase.RESTARTING, clock.instant(), status, EndReport.cause(how)));
            Shutdown stop = stoppedWithin(wait);
            if (stop != null) {
                return stop;
            }
            change(state.in(Phase.STARTING, clock.instant()));
        }
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0
                ? String.valueOf(time.toSeconds())
                : String.format(Locale.ROOT, "%.1f", time.toMillis() / 1e3);
    }

    private End once() {
        try {
            return runs.once(() -> {
                hasRun = true;
                change(state.in(Phase.RUNNING, clock.instant()));
            });
        } catch (VmmException e) {
            if (!hasRun) {
                throw e;
            }
            return new End(new Shutdown(Shutdown.Reason.FAILED, String.valueOf(e.getMessage())), false);
        }
    }

    /** The state as it was written last. */
    InstanceState state() {
        return state;
    }

    /** Whether the guest has ever run. */
    boolean hasRun() {
        return hasRun;
    }

    private void change(InstanceState next) {
        state = next;
        written.accept(next);
    }

    private @Nullable Shutdown stoppedWithin(Duration time) {
        Instant end = clock.instant().plus(time);
        synchronized (lock) {
            try {
                while (stopped == null && clock.instant().isBefore(end)) {
                    pause.on(lock, Duration.between(clock.instant(), end));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Shutdown.of(Shutdown.Reason.STOPPED);
            }
            return stopped;
        }
    }

    /** Ends it all: the run there is, or the wait for the next. */
    void stop(Shutdown how) {
        synchronized (lock) {
            stopped = how;
            lock.notifyAll();
        }
        runs.stop(how);
    }
}
