package crosvm.vmm.console;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.BareLog;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.UnixListener;
import crosvm.vmm.linux.UnixSocket;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One port's output on its way to everybody who wants it, and their input on its way back. Output waits in an
 * {@link OutputRing}, from which each place takes it at its own pace: files and the terminal get every byte, and the guest
 * is held back for them (a stuck terminal for two seconds, then it goes on without); clients of the socket get what they
 * read in time. A new client gets what the ring still has first.
 *
 * <p>Set up by one thread, before {@link #start()}; from then on files and clients belong to the hub's own thread, and
 * {@link #receive}, {@link #sendBreak()} and the output may be used by any.
 */
public final class ConsoleHub implements PortOutput, AutoCloseable {
    /** Clients served at the same time; more are told so and closed. */
    static final int MAX_CLIENTS = 64;

    /** Clients that have hung up, and whose input the guest has not read yet. */
    static final int MAX_GONE = 128;

    private static final Logger LOG = BareLog.of(ConsoleHub.class);
    private static final long COLLECT_NANOSECONDS = 1_000_000;
    private static final long STUCK_NANOSECONDS = 2_000_000_000;
    private static final long LOOK_AGAIN_MILLISECONDS = 250;
    private static final long ACCEPT_AGAIN_MILLISECONDS = 1_000;
    private static final int CHUNK_BYTES = 1 << 16;

    private final String name;
    private final OutputRing ring = new OutputRing();
    private final EventLoop loop;
    private final EventFd output;
    private final OutputRing.Follower follower;
    private final ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
    private final List<Recorder> recorders = new ArrayList<>();
    private final List<Consumer<ByteBuffer>> watchers = new ArrayList<>();
    private final List<UnixListener> listeners = new ArrayList<>();
    private final List<ConsoleClient> clients = new ArrayList<>();
    private final Object inputRoom = new Object();
    private long inputRooms;
    private @Nullable TerminalWriter terminal;
    private volatile @Nullable PortInput port;
    private @Nullable Thread thread;
    private boolean passingOver;
    private boolean closed;

    /** @param name the port's, for messages and threads */
    public ConsoleHub(String name) {
        this.name = name;
        loop = new EventLoop(name + "-hub");
        EventFd made;
        try {
            made = EventFd.create(name + " output");
        } catch (RuntimeException e) {
            loop.close();
            throw e;
        }
        output = made;
        follower = ring.hold(output::signal);
        ring.onRefusal(output::signal);
    }

    /**
     * Output goes here too, by a thread of its own.
     *
     * @param channel waits when it must; stays the caller's
     */
    public void showOn(WritableByteChannel channel) {
        terminal = new TerminalWriter(name + "-terminal", ring, channel);
    }

    /**
     * Output goes to the end of this file, byte for byte.
     *
     * @throws crosvm.vmm.VmmException when it cannot be written
     */
    public void appendTo(Path file) {
        recorders.add(new Recorder(AppendedFile.open(name, file)));
    }

    /**
     * Output goes to a {@link ConsoleLog}.
     *
     * @throws crosvm.vmm.VmmException when it cannot be written
     */
    public void logTo(Path log) {
        recorders.add(new Recorder(ConsoleLog.open(log, InstantSource.system())));
    }

    /** Output is shown to this too, on the hub's thread; it must not wait, and leaves the bytes as they are. */
    public void watchedBy(Consumer<ByteBuffer> watcher) {
        watchers.add(watcher);
    }

    /**
     * Programs may connect here, both ways.
     *
     * @throws crosvm.vmm.VmmException when somebody listens there already
     */
    public void listenAt(Path socket) {
        listeners.add(UnixListener.at(socket));
    }

    /** Starts the hub's thread. */
    public void start() {
        loop.watch(output.fd(), EventLoop.READABLE, events -> {
            output.drain();
            LockSupport.parkNanos(COLLECT_NANOSECONDS); // In which a burst collects.
            passOn();
        });
        listeners.forEach(this::watch);
        loop.post(this::passOn);
        Thread started = new Thread(this::run, name + "-hub");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    /** From now on input flows to the guest. Called once. */
    public void connect(PortInput to) {
        to.onRoom(this::portHasRoom);
        port = to;
        loop.post(this::pumpClients);
    }

    @Override
    public boolean offer(byte value) {
        return ring.offer(value);
    }

    @Override
    public void offer(ByteBuffer bytes) {
        ring.offer(bytes);
    }

    @Override
    public void onRoom(Runnable listener) {
        ring.onRoom(listener);
    }

    /** Gives the guest input, waiting while it does not read; {@link #connect} comes first. */
    void receive(byte[] bytes, int offset, int length) throws InterruptedException {
        PortInput to = requirePort();
        for (int done = 0; done < length; ) {
            long before;
            synchronized (inputRoom) {
                before = inputRooms;
            }
            done += to.offer(bytes, offset + done, length - done);
            synchronized (inputRoom) {
                while (done < length && inputRooms == before) {
                    inputRoom.wait();
                }
            }
        }
    }

    void sendBreak() {
        requirePort().sendBreak();
    }

    void resize(int columns, int rows) {
        requirePort().resize(columns, rows);
    }

    private PortInput requirePort() {
        PortInput to = port;
        if (to == null) {
            throw new IllegalStateException(name + ": connect() comes first");
        }
        return to;
    }

    private void portHasRoom() {
        synchronized (inputRoom) {
            inputRooms++;
            inputRoom.notifyAll();
        }
        loop.post(this::pumpClients);
    }

    private void run() {
        try {
            loop.run();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, name + ": its output and input end here: " + e, e);
            ring.leave(follower);
        }
    }

    private void watch(UnixListener listener) {
        EventLoop.Watch[] self = new EventLoop.Watch[1];
        self[0] = loop.watch(listener.fd(), EventLoop.READABLE, events -> {
            try {
                // One at a time: those that have hung up meanwhile are heard of in between.
                UnixSocket socket = listener.acceptTrusted();
                if (socket != null) {
                    welcome(socket);
                }
            } catch (ErrnoException e) {
                LOG.log(Level.WARNING, "console." + name + ": " + e.getMessage());
                self[0].close();
                loop.after(ACCEPT_AGAIN_MILLISECONDS, () -> watch(listener));
            }
        });
    }

    private void welcome(UnixSocket socket) {
        List<ConsoleClient> gone =
                clients.stream().filter(ConsoleClient::isHungUp).toList();
        if (clients.size() - gone.size() >= MAX_CLIENTS) {
            ConsoleClient.refuse(socket, MAX_CLIENTS + " programs are connected already");
            return;
        }
        if (gone.size() >= MAX_GONE) {
            LOG.log(
                    Level.WARNING,
                    "console." + name + ": the guest does not read; input of a client that has hung up is dropped");
            clients.remove(gone.get(0));
            gone.get(0).close();
        }
        ConsoleClient client = new ConsoleClient(socket, ring);
        clients.add(client);
        client.watch(loop, events -> {
            if ((events & EventLoop.BROKEN) != 0) {
                client.hangUp();
            }
            pump(client);
        });
    }

    private void pump(ConsoleClient client) {
        if (!client.pump(isBehindGone(client) ? null : port) && clients.remove(client)) {
            client.close();
        }
    }

    /** Input of one who has hung up is given whole before the input of those who came later: {@code echo a | …; echo b | …}. */
    private boolean isBehindGone(ConsoleClient client) {
        for (ConsoleClient other : clients) {
            if (other == client) {
                return false;
            }
            if (other.isHungUp() && other.holdsInput()) {
                return true;
            }
        }
        return false;
    }

    private void pumpClients() {
        for (ConsoleClient client : List.copyOf(clients)) {
            pump(client);
        }
    }

    private void passOn() {
        do {
            ring.take(follower, piece.clear());
            piece.flip();
            if (piece.hasRemaining()) {
                for (Recorder recorder : recorders) {
                    recorder.write(piece);
                }
                watchers.forEach(watcher -> watcher.accept(piece.asReadOnlyBuffer()));
                pumpClients();
            }
        } while (!ring.sleep(follower));
        letGuestGoOn();
    }

    /** A guest that is held back by a terminal which takes nothing goes on without it after a while. */
    private void letGuestGoOn() {
        if (!passingOver && ring.passOver(STUCK_NANOSECONDS)) {
            passingOver = true;
            loop.after(LOOK_AGAIN_MILLISECONDS, () -> {
                passingOver = false;
                passOn();
            });
        }
    }

    /** Passes on what there is, gives the terminal two seconds for it, and closes everything. Once. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        Thread running = thread;
        if (running != null) {
            loop.call(() -> {
                passOn();
                clients.forEach(ConsoleClient::close);
                clients.clear();
            });
            loop.stop();
            join(running);
        }
        if (terminal != null) {
            terminal.close();
        }
        listeners.forEach(UnixListener::close);
        recorders.forEach(Recorder::close);
        loop.close();
        output.close();
    }

    private static void join(Thread running) {
        try {
            running.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
