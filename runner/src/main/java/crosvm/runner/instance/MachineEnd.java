package crosvm.runner.instance;

import crosvm.runner.report.EndReport;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.vmm.machine.Shutdown;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a machine ended for good.
 *
 * @param status its exit status
 * @param cause for people
 */
public record MachineEnd(int status, String cause) {
    /** The request that is answered when a machine has ended. */
    static final String WAIT = "wait";

    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    /** The end of a process that was killed. */
    public static final MachineEnd DIED =
            new MachineEnd(1, "its process died without reporting how it ended (killed, or the host crashed)");

    /** The end of a machine on a terminal that was not heard; one that is killed leaves its state. What is not known is no success. */
    public static final MachineEnd UNHEARD = new MachineEnd(1, "ended; the terminal that it ran on shows how");

    /** That of a machine that has ended, as it is written down; null when nothing is. */
    public static @Nullable MachineEnd of(StateFolder folder) {
        InstanceState state = folder.read();
        return state == null ? null : of(state);
    }

    /** That of a machine that has no process any more. */
    public static MachineEnd of(InstanceState state) {
        Integer status = state.status();
        return state.phaseNow() == Phase.ENDED ? new MachineEnd(status == null ? 1 : status, state.cause()) : DIED;
    }

    /** Whether its guest did not shut down in time. */
    public boolean isForced() {
        return status == ExitStatus.FORCED_OFF.code();
    }

    /**
     * Waits for it. A machine on a terminal takes its state away when it ends, so it is asked to tell how, over its control
     * socket; for all others what is written down counts.
     *
     * @param patience how long; null for ever
     * @return null when no such machine was there
     * @throws FailedException when the patience is over
     */
    public static @Nullable MachineEnd await(StateFolder folder, @Nullable Duration patience) {
        return await(folder, patience, null);
    }

    /**
     * As {@link #await(StateFolder, Duration)}.
     *
     * @param telling where {@link #WAIT} was sent; null where it was not
     */
    static @Nullable MachineEnd await(
            StateFolder folder, @Nullable Duration patience, @Nullable ControlClient telling) {
        long start = System.nanoTime();
        MachineEnd told = telling == null ? null : hear(telling, patience);
        InstanceState last = null;
        while (true) {
            InstanceState state = folder.read();
            if (state == null && last != null && !last.launch().background()) {
                return told == null ? UNHEARD : told;
            }
            if (state == null || last != null && !state.process().equals(last.process())) {
                return told == null && last != null ? DIED : told;
            }
            last = state;
            switch (state.phaseNow()) {
                case ENDED -> {
                    Integer status = state.status();
                    told = new MachineEnd(status == null ? 1 : status, state.cause());
                    if (!state.process().isAlive() || !isAwaited(start, patience)) {
                        return told;
                    }
                    pause(); // It lets go of the last things.
                    continue;
                }
                case DIED -> {
                    InstanceState again = folder.read();
                    if (again == null || again.phase() == Phase.ENDED) {
                        continue; // It ended between the look at the state and the look at the process.
                    }
                    return told == null ? DIED : told;
                }
                default -> {
                    MachineEnd heard = state.phase() == Phase.RUNNING ? ask(folder, left(start, patience)) : null;
                    told = heard == null ? told : heard;
                }
            }
            if (!isAwaited(start, patience)) {
                throw new FailedException(folder.name() + ": has not ended");
            }
            pause();
        }
    }

    private static boolean isAwaited(long start, @Nullable Duration patience) {
        return patience == null || System.nanoTime() - start <= patience.toNanos();
    }

    /** Between two looks. */
    static void pause() {
        try {
            Thread.sleep(LOOK_AGAIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted", e);
        }
    }

    private static @Nullable Duration left(long start, @Nullable Duration patience) {
        return patience == null ? null : patience.minusNanos(System.nanoTime() - start);
    }

    /** Listens to a run's end; null when it cannot be heard. */
    private static @Nullable MachineEnd ask(StateFolder folder, @Nullable Duration patience) {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            return ended(client, client.ask(WAIT, Map.of(), patience));
        } catch (FailedException | ControlClient.Ended | ControlClient.Refused | IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable MachineEnd hear(ControlClient client, @Nullable Duration patience) {
        try {
            return ended(client, client.receive(WAIT, patience));
        } catch (FailedException | ControlClient.Ended | ControlClient.Refused | IllegalArgumentException e) {
            return null;
        }
    }

    /** What it has answered, once it has let go of everything. */
    private static MachineEnd ended(ControlClient client, Map<String, @Nullable Object> end) {
        Shutdown how = new Shutdown(
                Shutdown.Reason.valueOf(String.valueOf(end.get("reason"))
                        .toUpperCase(Locale.ROOT)
                        .replace('-', '_')),
                String.valueOf(end.get("detail")));
        client.awaitEnd(Duration.ofSeconds(10));
        return new MachineEnd(EndReport.statusOf(how).code(), EndReport.cause(how));
    }
}
