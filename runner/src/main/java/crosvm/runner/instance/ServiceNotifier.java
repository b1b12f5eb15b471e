package crosvm.runner.instance;

import crosvm.runner.readiness.Readiness;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.UnixDatagram;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager that started crosvm how its machine fares, as sd_notify(3) has it: {@code READY=1} when the guest
 * runs for the first time or, where its spec says what makes it ready, when it is, {@code STOPPING=1} when crosvm goes, and {@code STATUS=} at each step. Without {@code NOTIFY_SOCKET}
 * in the environment there is nobody to tell. A machine is never held up for more than a second by a manager that does not
 * listen, nor ended because of it. {@link #follow} belongs to the thread that runs the machine, {@link #stopping()} to any.
 */
final class ServiceNotifier {
    private static final String SOCKET = "NOTIFY_SOCKET";

    private final @Nullable String socket;
    private final Consumer<String> tell;
    private final boolean waits;
    private boolean ready;
    private boolean stopping;

    private ServiceNotifier(@Nullable String socket, Consumer<String> tell, boolean waits) {
        this.socket = socket;
        this.tell = tell;
        this.waits = waits;
    }

    /**
     * For the service manager of these environment variables.
     *
     * @param tell gets what the user should know when it cannot be reached
     * @param waits whether a guest that runs is not ready yet
     */
    static ServiceNotifier of(Map<String, String> environment, Consumer<String> tell, boolean waits) {
        String socket = environment.getOrDefault(SOCKET, "");
        return new ServiceNotifier(socket.isEmpty() ? null : socket, tell, waits);
    }

    /** Tells of a machine's new state. */
    synchronized void follow(InstanceState state) {
        if (stopping) {
            return;
        }
        switch (state.phase()) {
            case STARTING -> send("STATUS=Starting");
            case RUNNING -> running(state.readiness());
            case RESTARTING -> send("STATUS=Restarting: " + firstLine(state.cause()));
            case ENDED, DIED -> stopping();
        }
    }

    private void running(@Nullable Readiness readiness) {
        String status = "STATUS=Running" + (readiness == null ? "" : ", " + said(readiness));
        boolean now = !waits || readiness != null && readiness.state() == Readiness.State.READY;
        send(now && !ready ? "READY=1\n" + status : status);
        ready |= now;
    }

    private static String said(Readiness readiness) {
        String detail = firstLine(readiness.detail());
        return readiness.state() == Readiness.State.WAITING
                ? detail
                : readiness.state().word() + ": " + detail;
    }

    /** Tells that the machine ends for good; only the first call does. */
    synchronized void stopping() {
        if (!stopping) {
            stopping = true;
            send("STOPPING=1\nSTATUS=Stopping");
        }
    }

    /** A second line would be another assignment, and a guest may have had its part in a cause. */
    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private void send(String message) {
        if (socket == null) {
            return;
        }
        try {
            UnixDatagram.send(socket, message.getBytes(StandardCharsets.UTF_8));
        } catch (VmmException e) {
            tell.accept("cannot notify the service manager: " + e.getMessage()
                    + ". Unset NOTIFY_SOCKET if crosvm is not a systemd service");
        }
    }
}
