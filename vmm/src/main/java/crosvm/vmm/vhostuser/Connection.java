package crosvm.vmm.vhostuser;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a vhost-user socket: whole messages out and in, each with its descriptors, nothing waited for longer than
 * said. One thread sends and one receives at a time; {@link #shutdown()} may come from any.
 */
public final class Connection implements AutoCloseable {
    /** How long a peer that was waited for without a limit may take over the rest of a message it has begun. */
    static final int STALL_MILLISECONDS = 5000;

    private static final int SLICE_MILLISECONDS = 200;
    private static final int BUFFER = Message.HEADER + Message.MAX_PAYLOAD;
    private static final long NANOS = 1_000_000;

    private final UnixSocket socket;
    private final NativeBuffer out = NativeBuffer.allocate(BUFFER);
    private final NativeBuffer in = NativeBuffer.allocate(BUFFER);
    private final List<Fd> arrived = new ArrayList<>();
    private int got;
    private volatile boolean ended;
    private volatile boolean hurried;
    private volatile long latest;

    /** @param socket connected; closed with this */
    public Connection(UnixSocket socket) {
        this.socket = socket;
    }

    /** To be watched for hang-ups. */
    public Fd fd() {
        return socket.fd();
    }

    public String name() {
        return socket.fd().name();
    }

    /**
     * Sends one message whole.
     *
     * @throws VhostUserException when the peer is gone, or has not made room for it within the time
     */
    public void send(Message message, int timeoutMilliseconds) {
        ByteBuffer bytes = out.bytes();
        int size = message.payload().capacity();
        bytes.putInt(0, message.request()).putInt(4, message.flags()).putInt(8, size);
        bytes.put(Message.HEADER, message.payload(), 0, size);
        long deadline = System.nanoTime() + timeoutMilliseconds * NANOS;
        int end = Message.HEADER + size;
        for (int sent = 0; sent < end; ) {
            long result = socket.send(out, sent, end - sent, sent == 0 ? message.fds() : List.of());
            if (result >= 0) {
                sent += (int) result;
            } else if (result == -Errno.EAGAIN.code()) {
                if (!socket.awaitWritable(slice(deadline)) && left(deadline) == 0) {
                    throw new VhostUserException(
                            name() + ": the other side has not read " + message + " in " + timeoutMilliseconds + " ms");
                }
            } else if (result != -Errno.EINTR.code()) {
                throw new VhostUserException(
                        name() + ": " + message + " cannot be sent: " + Errno.describe((int) -result));
            }
        }
    }

    /**
     * Sends the message unless that would mean waiting.
     *
     * @return false when the peer has not read what was sent before
     * @throws VhostUserException when the peer is gone
     */
    public boolean offer(Message message) {
        if (!socket.awaitWritable(0)) {
            return false;
        }
        send(message, STALL_MILLISECONDS);
        return true;
    }

    /**
     * Waits for the next message.
     *
     * @param timeoutMilliseconds until it is here, -1 for ever until it begins
     * @return null at the end of the stream
     * @throws VhostUserException on time-out, and when what comes is no message
     */
    public @Nullable Message receive(int timeoutMilliseconds) {
        boolean forEver = timeoutMilliseconds < 0;
        int limit = forEver ? STALL_MILLISECONDS : timeoutMilliseconds;
        long deadline = System.nanoTime() + limit * NANOS;
        while (true) {
            Message message = poll();
            if (message != null || ended) {
                return message;
            }
            if (got > 0 && forEver) {
                forEver = false;
                deadline = System.nanoTime() + limit * NANOS;
            }
            if (!socket.awaitReadable(forEver ? -1 : slice(deadline)) && !forEver && left(deadline) == 0) {
                throw new VhostUserException(name() + ": the other side has not "
                        + (got > 0 ? "finished its message" : "answered") + " in " + limit + " ms");
            }
        }
    }

    /** The next message if all of it is here; else null, also at the end of the stream ({@link #ended}). */
    public @Nullable Message poll() {
        while (!ended) {
            int need = got < Message.HEADER ? Message.HEADER : Message.HEADER + payloadSize();
            if (got >= Message.HEADER && got == need) {
                return finish(need);
            }
            int had = arrived.size();
            long result = socket.receive(in, got, need - got, arrived);
            if (result > 0) {
                requireFdsAtTheBeginning(had);
                got += (int) result;
            } else if (result == -Errno.EAGAIN.code()) {
                return null;
            } else if (result == -Errno.E2BIG.code()) {
                throw new VhostUserException(name() + ": more than " + UnixSocket.MAX_FDS + " descriptors at once");
            } else if (result == 0 || result == -Errno.ECONNRESET.code()) {
                ended = true;
            } else if (result != -Errno.EINTR.code()) {
                throw new VhostUserException(name() + ": recvmsg: " + Errno.describe((int) -result));
            }
        }
        return null;
    }

    /** A message's descriptors come with its first byte; any later ones are somebody's attempt to make us keep them. */
    private void requireFdsAtTheBeginning(int had) {
        if (got > 0 && arrived.size() > had) {
            throw new VhostUserException(name() + ": descriptors in the middle of a message");
        }
    }

    private int payloadSize() {
        int size = in.bytes().getInt(8);
        if (size < 0 || size > Message.MAX_PAYLOAD) {
            throw new VhostUserException(
                    name() + ": a message with a payload of " + Integer.toUnsignedLong(size) + " bytes");
        }
        return size;
    }

    private Message finish(int end) {
        ByteBuffer payload = Message.payload(end - Message.HEADER);
        payload.put(0, in.bytes(), Message.HEADER, end - Message.HEADER);
        Message message =
                Message.received(in.bytes().getInt(0), in.bytes().getInt(4), payload, new ArrayList<>(arrived));
        arrived.clear();
        got = 0;
        return message;
    }

    /** Whoever waits now with a limit, and whoever comes later, waits no longer than this from now. Any thread. */
    public void hurry(int milliseconds) {
        latest = System.nanoTime() + milliseconds * NANOS;
        hurried = true;
    }

    /** For one wait of many: {@link #hurry} is seen soon. */
    private int slice(long deadline) {
        return Math.min(left(deadline), SLICE_MILLISECONDS);
    }

    private int left(long deadline) {
        long now = System.nanoTime();
        long nanoseconds = hurried ? Math.min(deadline - now, latest - now) : deadline - now;
        return (int) Math.max(0, (nanoseconds + NANOS - 1) / NANOS);
    }

    /** Whether the peer has closed its end. */
    public boolean ended() {
        return ended;
    }

    /** Ends the conversation; a thread that waits in {@link #receive} gets null. Any thread. */
    public void shutdown() {
        socket.shutdown();
    }

    /** After the last use by any thread. */
    @Override
    public void close() {
        arrived.forEach(Fd::close);
        arrived.clear();
        socket.close();
    }
}
