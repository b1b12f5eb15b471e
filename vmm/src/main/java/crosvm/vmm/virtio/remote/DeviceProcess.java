package crosvm.vmm.virtio.remote;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.jail.JvmCommand;
import crosvm.vmm.linux.ExitStatus;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A device of ours in a jailed process of its own, and the vhost-user session with it. Started early, so that it warms up
 * while the kernel image is loaded; {@link #connect} then waits for what is left. Owned by the thread that starts it, which
 * must live as long as the process is to live ({@link JailedProcess}).
 */
public final class DeviceProcess implements AutoCloseable {
    /** A jailed JVM's heap: the device's rings and requests live outside it. */
    private static final int HEAP_MEBIBYTES = 8;

    /** For a process to get warm on a machine that is busy with ten others. */
    private static final int START_MILLISECONDS = 30_000;

    /** For one answer: longer than any disk's flush, shorter than a guest's patience with its own. */
    private static final int ANSWER_MILLISECONDS = 20_000;

    private static final int END_MILLISECONDS = 500;

    private final String name;
    private final JailedProcess jail;
    private @Nullable UnixSocket socket;
    private @Nullable VhostUserBackend backend;

    private DeviceProcess(String name, JailedProcess jail, UnixSocket socket) {
        this.name = name;
        this.jail = jail;
        this.socket = socket;
    }

    /**
     * Starts the process and returns while it warms up.
     *
     * @param main the program; it finds its vhost-user socket as the first descriptor after the door's
     * @param log becomes its standard output and error
     * @param descriptors further ones it is handed; the caller keeps its own
     * @throws VmmException when the host lets no jail be made
     */
    public static DeviceProcess start(
            String name, Class<?> main, List<String> arguments, Fd log, List<Fd> descriptors) {
        List<UnixSocket> pair = UnixSocket.pair("vhost-user of " + name);
        try (UnixSocket theirs = pair.get(1)) {
            return new DeviceProcess(name, serve(name, theirs, main, arguments, log, descriptors), pair.get(0));
        } catch (RuntimeException e) {
            pair.get(0).close();
            throw e;
        }
    }

    /** As {@link #start}, for a front-end elsewhere that is at the other end of {@code socket}. */
    public static JailedProcess serve(
            String name, UnixSocket socket, Class<?> main, List<String> arguments, Fd log, List<Fd> descriptors) {
        List<Fd> handed = new ArrayList<>(List.of(socket.fd()));
        handed.addAll(descriptors);
        List<String> command = JvmCommand.of(HEAP_MEBIBYTES, List.of(), main, arguments);
        return JailedProcess.start(new JailProgram(name, command, log, handed));
    }

    /**
     * Waits until the door is closed and opens the session.
     *
     * @param onDeath told once when the device has died while the guest ran: which process, and how it ended; any thread
     * @throws VmmException when the process has ended or does not answer; it is killed then
     */
    public VhostUserBackend connect(RemoteDevice device, EventLoop loop, Consumer<String> onDeath) {
        jail.closeDoor(START_MILLISECONDS);
        UnixSocket ours = socket;
        if (ours == null) {
            throw new IllegalStateException(name + " is connected already");
        }
        socket = null; // The connection's from here on.
        backend = VhostUserBackend.open(
                device, new Connection(ours), loop, ANSWER_MILLISECONDS, reason -> onDeath.accept(obituary(reason)));
        return backend;
    }

    private String obituary(String reason) {
        ExitStatus status = jail.launcher().await(END_MILLISECONDS);
        return reason + "; process " + jail.launcher().pid() + " of device " + name + " "
                + (status == null ? "still runs and will be killed" : JailedProcess.describe(status));
    }

    /** For those who look at it from outside, and for tests. */
    public JailedProcess jail() {
        return jail;
    }

    /** After the back-end has been closed: gives the process a moment to end, kills it if it does not. */
    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
        jail.launcher().await(END_MILLISECONDS);
        jail.close();
    }
}
