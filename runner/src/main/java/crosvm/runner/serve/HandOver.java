package crosvm.runner.serve;

import crosvm.runner.serve.Standing.RefusedException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OwnProcess;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The prepared process's side: waits for a caller whose order can be taken, and takes it. What callers do until then costs nobody
 * anything: a slow one is hung up on. Used by one thread.
 */
public final class HandOver {
    /** The descriptors that a prepared process is started with. */
    static final int LISTENER = 3;

    static final int LIFELINE = 4;

    /** What it tells the server. */
    static final byte READY = 'R';

    static final byte TAKEN = 'T';

    private static final int O_PATH = 0x200000;
    private static final int STANDARD_AND_FOLDER = 4;
    private static final int PATIENCE_MILLISECONDS = 2000;
    private static final int CHUNK = 1 << 16;

    private final UnixSocket listener;
    private final UnixSocket lifeline;
    private final String identity;
    private final Consumer<String> debug;

    private HandOver(UnixSocket listener, UnixSocket lifeline, String identity, Consumer<String> debug) {
        this.listener = listener;
        this.lifeline = lifeline;
        this.identity = identity;
        this.debug = debug;
    }

    /**
     * Of this process.
     *
     * @param identity what an order must name
     * @param debug told why an order was refused
     */
    public static HandOver ofProcess(String identity, Consumer<String> debug) {
        return new HandOver(
                UnixSocket.owning(Fd.owning(LISTENER, "prepared processes' socket")),
                UnixSocket.owning(Fd.owning(LIFELINE, "crosvm serve")),
                identity,
                debug);
    }

    /**
     * Finds out whether this Java can be prepared at all, and hands over to this process what it has already, so that no caller's is the
     * first hand-over, for which Java has all to load and to link.
     */
    public static void rehearse() {
        TakenOver.rehearse();
        List<UnixSocket> pair = UnixSocket.pair("rehearsal");
        List<Fd> fds = new ArrayList<>();
        try (UnixSocket ours = pair.get(0);
                UnixSocket callers = pair.get(1);
                Fd folder = Fd.open(".", O_PATH)) {
            byte[] order = new Order("", List.of("up"), System.getenv()).toBytes();
            NativeBuffer all = NativeBuffer.allocate(order.length + 1);
            all.bytes().put(0, order).put(order.length, (byte) 'G');
            if (callers.send(all, 0, all.size(), List.of(own(0), own(1), own(2), folder)) == all.size()) {
                new HandOver(ours, ours, "", why -> {}).agree(ours, fds);
            }
        } catch (RefusedException e) {
            return; // As will be every caller, who is told nothing either.
        } finally {
            fds.forEach(Fd::close);
        }
    }

    private static Fd own(int number) {
        return Fd.owning(number, "standard descriptor");
    }

    /** An order that is this process's now. */
    public record Taken(Order order, Caller caller) {}

    /**
     * Waits for one, and makes this process stand for the caller.
     *
     * @return null when the server is gone
     */
    public @Nullable Taken await() {
        tell(READY);
        PollSet set = PollSet.readable(lifeline.fd().number(), listener.fd().number());
        while (true) {
            set.await(-1);
            if (set.ready(0)) {
                return null;
            }
            if (!set.ready(1)) {
                continue;
            }
            UnixSocket socket = accept();
            Taken taken = socket == null ? null : consider(socket);
            if (taken != null) {
                tell(TAKEN);
                listener.close();
                lifeline.close();
                return taken;
            }
        }
    }

    private void tell(byte what) {
        NativeBuffer word = NativeBuffer.allocate(1);
        word.bytes().put(0, what);
        lifeline.send(word, 0, 1, List.of());
    }

    /** Others wait on the same socket. */
    private @Nullable UnixSocket accept() {
        try {
            return listener.accept();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN || e.errno() == Errno.ECONNABORTED) {
                return null;
            }
            throw e;
        }
    }

    private @Nullable Taken consider(UnixSocket socket) {
        List<Fd> fds = new ArrayList<>();
        boolean isTaken = false;
        try {
            Taken taken = agree(socket, fds);
            isTaken = true;
            return taken;
        } catch (RefusedException e) {
            debug.accept(e.getMessage());
            return null;
        } finally {
            fds.forEach(Fd::close);
            if (!isTaken) {
                socket.close();
            }
        }
    }

    private Taken agree(UnixSocket socket, List<Fd> fds) throws RefusedException {
        int process = socket.peerProcess();
        if (!socket.isPeerOfOurUser() || process == 0) {
            throw new RefusedException("a process of user " + socket.peerUser());
        }
        send(socket, new byte[] {'H'});
        Order order = Order.parse(read(socket, fds));
        if (order == null || fds.size() != STANDARD_AND_FOLDER) {
            throw new RefusedException("no order");
        }
        if (!order.identity().equals(identity)) {
            throw new RefusedException("another program: " + order.identity());
        }
        NativeBuffer limits = Standing.require(process, order.environment());
        Path folder;
        int umask;
        try {
            folder = Path.of("/proc/self/fd/" + fds.get(STANDARD_AND_FOLDER - 1).number())
                    .toRealPath();
            umask = Standing.umask(process);
        } catch (IOException e) {
            throw new RefusedException("the caller's working directory or umask is not to be had: " + e);
        }
        int own = OwnProcess.pid();
        send(socket, new byte[] {'T', (byte) own, (byte) (own >> 8), (byte) (own >> 16), (byte) (own >> 24)});
        if (receive(socket, fds, 1).get(0) != 'G') {
            throw new RefusedException("the caller has gone another way");
        }
        TakenOver.take(fds, folder, order.environment());
        OwnProcess.setUmask(umask);
        OwnProcess.setLimits(limits);
        return new Taken(order, new Caller(socket));
    }

    private static ByteBuffer read(UnixSocket socket, List<Fd> fds) throws RefusedException {
        int length = receive(socket, fds, Integer.BYTES).getInt(0);
        if (length < 0 || length > Order.MAX_BYTES) {
            throw new RefusedException("an order of " + Integer.toUnsignedString(length) + " bytes");
        }
        return receive(socket, fds, length);
    }

    /** Exactly so many bytes, within the time that one message may take. */
    private static ByteBuffer receive(UnixSocket socket, List<Fd> fds, int length) throws RefusedException {
        ByteBuffer all = ByteBuffer.allocate(length);
        NativeBuffer chunk = NativeBuffer.allocate(CHUNK);
        long deadline = System.nanoTime() + PATIENCE_MILLISECONDS * 1_000_000L;
        while (all.hasRemaining()) {
            long got = socket.receive(chunk, 0, Math.min(CHUNK, all.remaining()), fds);
            if (got == -Errno.EAGAIN.code()) {
                long left = (deadline - System.nanoTime()) / 1_000_000L;
                if (left <= 0) {
                    throw new RefusedException("too slow");
                }
                socket.awaitReadable((int) left);
            } else if (got <= 0) {
                throw new RefusedException("the caller has hung up");
            } else {
                for (int i = 0; i < got; i++) {
                    all.put(chunk.bytes().get(i));
                }
            }
        }
        return all.flip();
    }

    private static void send(UnixSocket socket, byte[] word) throws RefusedException {
        if (!Caller.send(socket, word)) {
            throw new RefusedException("the caller has hung up");
        }
    }
}
