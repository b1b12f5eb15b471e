package crosvm.vmm.control;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.UnixListener;
import crosvm.vmm.linux.UnixSocket;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The control socket of a machine. It listens from its making on; clients are served, on the main loop, from
 * {@link #serve} on. {@link #close()} is called when the loop runs no more, last of all, so that for clients the connection's
 * end is the machine's.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = BareLog.of(ControlServer.class);
    private static final int BUFFER_BYTES = 64 << 10;

    /** After the process has run out of descriptors, in milliseconds. */
    private static final long ACCEPT_AGAIN_MILLISECONDS = 1_000;

    private final UnixListener listener;
    private final EventLoop loop;
    private final ControlLimits limits;
    private final NativeBuffer scratch = NativeBuffer.allocate(BUFFER_BYTES);
    private final Set<ControlConnection> conversations = new LinkedHashSet<>();
    private Map<String, Operation> operations = Map.of();
    private EventLoop.@Nullable Watch watch;

    private ControlServer(UnixListener listener, EventLoop loop, ControlLimits limits) {
        this.listener = listener;
        this.loop = loop;
        this.limits = limits;
    }

    /**
     * Listens.
     *
     * @param path the socket's, or a folder in which {@code crosvm-PID.sock} is made
     * @throws crosvm.vmm.VmmException naming the path, what is in the way and what to do
     */
    public static ControlServer listen(Path path, EventLoop loop) {
        return listen(path, loop, ControlLimits.STANDARD);
    }

    static ControlServer listen(Path path, EventLoop loop, ControlLimits limits) {
        Path socket = Files.isDirectory(path) ? path.resolve("crosvm-" + OwnProcess.pid() + ".sock") : path;
        return new ControlServer(UnixListener.at(socket), loop, limits);
    }

    public Path path() {
        return listener.path();
    }

    /** Serves clients from now on. {@code help} is added to the operations. Any thread, once. */
    public void serve(List<Operation> machine) {
        Map<String, Operation> all = new LinkedHashMap<>();
        machine.forEach(operation -> all.put(operation.name(), operation));
        all.put(HelpOperation.NAME, new HelpOperation(machine));
        operations = all;
        watch = loop.watch(listener.fd(), EventLoop.READABLE, events -> accept());
    }

    private void accept() {
        try {
            UnixSocket socket = listener.acceptTrusted();
            if (socket != null) {
                welcome(socket);
            }
        } catch (ErrnoException e) {
            // Out of descriptors: without a pause the waiting client would wake us up again and again.
            LOG.log(Level.WARNING, e.getMessage());
            if (watch != null) {
                watch.close();
            }
            loop.after(
                    ACCEPT_AGAIN_MILLISECONDS,
                    () -> watch = loop.watch(listener.fd(), EventLoop.READABLE, events -> accept()));
        }
    }

    private void welcome(UnixSocket socket) {
        if (conversations.size() >= limits.clients()) {
            makeRoom();
        }
        ControlConnection conversation;
        try {
            conversation = new ControlConnection(socket, loop, operations, limits, scratch, conversations::remove);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
        conversations.add(conversation);
    }

    /** Whoever comes is served, so that stop and down always are; the longest silent of the idle goes, else of all. */
    private void makeRoom() {
        Comparator<ControlConnection> leastMissed = Comparator.comparing(ControlConnection::isIdle)
                .reversed()
                .thenComparingLong(ControlConnection::lastUse);
        conversations.stream()
                .min(leastMissed)
                .ifPresent(client -> client.dismiss(
                        ErrorCode.TOO_MANY,
                        "more than " + limits.clients()
                                + " clients are connected, and this one was silent longest; connect again"));
    }

    /** The loop runs no more. Removes the socket's file and hangs up on all clients. */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        listener.close();
        List.copyOf(conversations).forEach(ControlConnection::end);
    }
}
