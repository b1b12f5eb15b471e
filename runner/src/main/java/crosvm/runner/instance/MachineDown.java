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
    private static final Duration CLOSING = Duration.ofSeconds(20);

    private final StateFolder folder;
    private final Duration timeout;
    private boolean asked = true;

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
        long deadline = System.nanoTime() + Math.max(timeout.toNanos(), CLOSING.toNanos());
        MachineDown down = new MachineDown(folder, timeout);
        while (!ask(folder, timeout)) {
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

    /** Whether the guest was asked, and not only the process. */
    public boolean isGuestAsked() {
        return asked;
    }

    /** Ends a machine that waits to be started again, and so has no control socket. @return false for any other */
    public static boolean endBetweenRuns(String word, Map<String, String> environment) {
        if (word.indexOf('/') >= 0) {
            return false;
        }
        StateFolder folder = MachineNames.resolve(word, environment);
        InstanceState state = folder.read();
        if (state == null || state.phaseNow() != Phase.RESTARTING) {
            return false;
        }
        terminate(state);
        new MachineDown(folder, Duration.ZERO).await();
        return true;
    }

    private static boolean ask(StateFolder folder, Duration timeout) {
        try (ControlClient client = ControlClient.connect(folder.name(), folder.controlSocket())) {
            client.ask("down", Map.of("timeout", timeout.toSeconds()));
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
        try {
            return MachineEnd.await(folder, timeout.plus(CLOSING));
        } catch (FailedException e) {
            InstanceState state = folder.read();
            String pid = state == null ? "" : " " + state.process().pid();
            throw new FailedException(
                    folder.name() + ": has not ended, though it was told to. If its process hangs: kill -9" + pid, e);
        }
    }
}
