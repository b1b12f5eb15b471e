package crosvm.vmm.virtio.remote;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.jail.JailProgram;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.jail.JvmCommand;
import crosvm.vmm.jail.WaitingJail;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.ProcessExit;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.vhostuser.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process of ours in a jail that serves one device or several, and the vhost-user sessions with them. Started early, so that
 * it warms up while the kernel image is loaded and its door is closed by a thread of its own; {@link #connect} then waits for
 * what is left. Owned by the thread that starts it, which must live as long as the process is to live
 * ({@link JailedProcess}).
 */
public final class DeviceProcess implements AutoCloseable {
    /** A jailed JVM's heap: the device's rings and requests live outside it. */
    private static final int HEAP_MEBIBYTES = 8;

    /** For a process to get warm, however slow and busy the machine: one that has died is noticed at once. */
    private static final int START_MILLISECONDS = 120_000;

    /** For one answer: longer than any disk's flush, shorter than a guest's patience with its own. */
    private static final int ANSWER_MILLISECONDS = 20_000;

    private static final int END_MILLISECONDS = 500;

    private final String name;
    private final JailedProcess jail;
    private final List<UnixSocket> sockets;
    private final CompletableFuture<Void> closedDoor;
    private boolean connected;

    private DeviceProcess(String name, JailedProcess jail, List<UnixSocket> sockets) {
        this.name = name;
        this.jail = jail;
        this.sockets = new ArrayList<>(sockets);
        this.closedDoor = CompletableFuture.runAsync(() -> jail.closeDoor(START_MILLISECONDS), task -> {
            Thread thread = new Thread(task, "door-" + name);
            thread.setDaemon(true);
            thread.start();
        });
    }

    /**
     * Starts the process and returns while it warms up.
     *
     * @throws VmmException when the host lets no jail be made
     */
    public static DeviceProcess start(DeviceProgram program) {
        return start(program, null);
    }

    /**
     * The same, in a jail that was begun before by {@link #begin}.
     *
     * @param waiting one that can become what the program says; null starts one
     */
    public static DeviceProcess start(DeviceProgram program, @Nullable WaitingJail waiting) {
        List<UnixSocket> ours = new ArrayList<>();
        List<UnixSocket> theirs = new ArrayList<>();
        try {
            for (int i = 0; i < program.devices(); i++) {
                List<UnixSocket> pair = UnixSocket.pair("vhost-user of " + program.name());
                ours.add(pair.get(0));
                theirs.add(pair.get(1));
            }
            return new DeviceProcess(program.name(), serve(program, theirs, waiting), ours);
        } catch (RuntimeException e) {
            ours.forEach(UnixSocket::close);
            throw e;
        } finally {
            theirs.forEach(UnixSocket::close);
        }
    }

    /** As {@link #start}, for front-ends elsewhere that are at the other ends of {@code sockets}; its door is yet to be closed. */
    public static JailedProcess serve(DeviceProgram program, List<UnixSocket> sockets) {
        return serve(program, sockets, null);
    }

    private static JailedProcess serve(DeviceProgram program, List<UnixSocket> sockets, @Nullable WaitingJail waiting) {
        List<Fd> handed = new ArrayList<>();
        sockets.forEach(socket -> handed.add(socket.fd()));
        handed.addAll(program.descriptors());
        List<String> command = waiting == null
                ? command(program.main(), program.arguments())
                : List.of(program.main().getName());
        JailProgram jailed =
                new JailProgram(program.name(), command, program.policy(), program.log(), handed, program.limits());
        return waiting == null ? JailedProcess.start(jailed) : waiting.become(jailed, program.arguments());
    }

    /**
     * Begins a process before it is known what it will serve.
     *
     * @param main its main class
     * @param arguments of that, by which it knows that it is to wait
     * @throws VmmException when the host lets no jail be made
     */
    public static WaitingJail begin(Class<?> main, List<String> arguments) {
        return WaitingJail.start(command(main, arguments));
    }

    private static List<String> command(Class<?> main, List<String> arguments) {
        return JvmCommand.of(HEAP_MEBIBYTES, List.of(), main, arguments);
    }

    /**
     * Waits until the door is closed and opens the session with one of the devices, which can be done once for each.
     *
     * @param index which, in the order of the program's sockets
     * @param onDeath told once when the device has died while the guest ran: which process, and how it ended; any thread
     * @throws VmmException when the process has ended or does not answer; it is killed then
     */
    public VhostUserBackend connect(int index, RemoteDevice device, EventLoop loop, Consumer<String> onDeath) {
        awaitDoor();
        connected = true;
        return VhostUserBackend.open(
                device,
                new Connection(sockets.get(index)),
                loop,
                ANSWER_MILLISECONDS,
                reason -> onDeath.accept(device.name() + ": " + describeEnd(reason)));
    }

    /** {@link JailedProcess#limitFiles}, once it is connected. Any thread. */
    public void limitFiles(long bytes) {
        jail.limitFiles(bytes);
    }

    /**
     * Waits until the door is closed.
     *
     * @throws VmmException when the process has ended or does not answer
     */
    public void awaitDoor() {
        try {
            closedDoor.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Ends it if it has not ended by itself: nobody is going to talk to it again. */
    private String describeEnd(String reason) {
        ProcessExit status = jail.launcher().await(END_MILLISECONDS);
        String process = "device process " + jail.launcher().pid() + " (" + name + ") ";
        String finding = jail.finding();
        if (finding != null) {
            return process + finding;
        }
        if (status != null) {
            return process + JailedProcess.describe(status);
        }
        jail.kill();
        return reason + "; " + process + "was killed";
    }

    /** For those who look at it from outside, and for tests. */
    public JailedProcess jail() {
        return jail;
    }

    /** After the back-ends have been closed: gives the process a moment to end, kills it if it does not. */
    @Override
    public void close() {
        sockets.forEach(UnixSocket::close);
        if (!connected) {
            jail.kill();
        }
        try {
            awaitDoor();
            jail.launcher().await(END_MILLISECONDS);
        } catch (RuntimeException e) {
            // It never came to life, and whoever tried to connect has been told.
            return;
        } finally {
            jail.close();
        }
    }
}
