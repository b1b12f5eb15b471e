package crosvm.runner.instance;

import crosvm.runner.report.FailedException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A machine on its way down: its guest has been asked over the control socket, or its process by SIGTERM where there is no
 * machine at the moment. Used by one thread.
 */
public final class MachineDown {
    /** For the machine's own process to close everything once the guest is down. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

    /** A machine that was just being started when it was asked to stop is asked again. */
    private static final Duration ASK_AGAIN = Duration.ofMillis(500);

    private final StateFolder folder;
    private final Duration timeout;
    private boolean asked = true;

    /** Over which the machine is to tell how it ends: one on a terminal takes with it what could be read of that afterwards. */
    private @Nullable ControlClient telling;

    private MachineDown(StateFolder folder, Duration timeout) {
        this.folder = folder;
        this.timeout = timeout;
    }

    /**
     * Asks a machine to go down.
     *
     * @param timeout after which it ends without its guest's consent
     * @throws FailedException when it can be asked in no way
     */
    public static MachineDown begin(StateFolder folder, Duration timeout) {
        long deadline = System.nanoTime() + Math.max(timeout.toNanos(), CLOSE_TIMEOUT.toNanos());
        MachineDown down = new MachineDown(folder, timeout);
        while (!down.ask()) {
            InstanceState state = folder.read();
            if (state == null || !state.phaseNow().isAlive()) {
                break;
            }
            boolean patienceOver = System.nanoTime() > deadline;
            if (state.phase() == Phase.RESTARTING || patienceOver) {
                terminate(state);
                down.asked = false;
                break;
            }
            MachineEnd.pause(); // It is being made, or ends just now.
        }
        return down;
    }

    /** It hears both requests in this order, so that it cannot end between them without a word. */
    private boolean ask() {
        try {
            ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket());
            ControlClient before = telling; // One that ended without an answer to "down" may have told how over that.
            if (before != null) {
                before.close();
            }
            telling = client;
            client.send(MachineEnd.WAIT, Map.of());
        } catch (FailedException | ControlClient.Ended e) {
            return false;
        }
        return ask(folder, "down", Map.of("timeout", seconds(timeout)));
    }

    /** Rounded up: what is not 0 leaves the guest some time. */
    static long seconds(Duration timeout) {
        return timeout.plusMillis(999).toSeconds();
    }

    /** Whether the guest was asked, and not only the process. */
    public boolean isGuestAsked() {
        return asked;
    }

    /**
     * Ends a machine at once, whether it runs or waits to be started again.
     *
     * @return false when it has not ended in time
     */
    public static boolean stop(StateFolder folder, Duration patience) {
        long start = System.nanoTime();
        long asked = start - ASK_AGAIN.toNanos();
        while (true) {
            InstanceState state = folder.read();
            long now = System.nanoTime();
            if (state == null || !state.process().isAlive()) {
                return true;
            }
            if (now - start > patience.toNanos()) {
                return false;
            }
            if (state.phase() == Phase.RESTARTING) {
                terminate(state);
            } else if (state.phase() != Phase.ENDED && now - asked >= ASK_AGAIN.toNanos()) {
                ask(folder, "stop", Map.of());
                asked = now;
            }
            MachineEnd.pause();
        }
    }

    private static boolean ask(StateFolder folder, String command, Map<String, ?> arguments) {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            client.ask(command, arguments);
            return true;
        } catch (ControlClient.Refused e) {
            throw new FailedException(folder.name() + ": " + e.getMessage(), e);
        } catch (FailedException | ControlClient.Ended e) {
            return false;
        }
    }

    private static void terminate(InstanceState state) {
        if (state.process().isAlive()) {
            ProcessHandle.of(state.process().pid()).ifPresent(ProcessHandle::destroy);
        }
    }

    /**
     * Waits until it is down.
     *
     * @return how it ended; null when it was gone already
     * @throws FailedException when it does not end
     */
    public @Nullable MachineEnd await() {
        try (ControlClient client = telling) {
            return MachineEnd.await(folder, timeout.plus(CLOSE_TIMEOUT), client);
        } catch (FailedException e) {
            InstanceState state = folder.read();
            String pid = state == null ? "" : " " + state.process().pid();
            throw new FailedException(folder.name() + ": has not ended. If its process hangs: kill -9" + pid, e);
        }
    }
}
