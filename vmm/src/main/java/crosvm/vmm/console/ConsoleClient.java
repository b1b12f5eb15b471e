package crosvm.vmm.console;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program connected to a port's socket: gets what is kept of the output, then what comes; what it sends is the guest's
 * input. Nobody waits for it: one that does not read misses output, and after {@value #STALL_SECONDS} seconds of that its
 * connection. Belongs to the hub's thread.
 */
final class ConsoleClient implements AutoCloseable {
    static final int STALL_SECONDS = 30;

    /** Each change is told once: {@link #pump} goes on until there is nothing more to do. */
    private static final int INTEREST =
            EventLoop.READABLE | EventLoop.WRITABLE | EventLoop.PEER_CLOSED | EventLoop.EDGE_TRIGGERED;

    private static final int CHUNK_BYTES = 1 << 14;
    private static final int INPUT_BYTES = 1 << 12;

    private final UnixSocket socket;
    private final OutputRing ring;
    private final OutputRing.Follower follower;
    private final NativeBuffer out = NativeBuffer.allocate(CHUNK_BYTES);
    private final NativeBuffer in = NativeBuffer.allocate(INPUT_BYTES);
    private final byte[] input = new byte[INPUT_BYTES];
    private int inputAt;
    private int inputEnd;
    private boolean inputEnded;
    private boolean hungUp;
    private EventLoop.@Nullable Watch watch;
    private long readLast = System.nanoTime();

    /** @param socket taken over */
    ConsoleClient(UnixSocket socket, OutputRing ring) {
        this.socket = socket;
        this.ring = ring;
        this.follower = ring.watch();
        out.bytes().limit(0);
    }

    /**
     * Takes part in the loop's work from now on.
     *
     * @param wake told of events on the socket
     */
    void watch(EventLoop loop, EventLoop.Handler wake) {
        watch = loop.watch(socket.fd(), INTEREST, wake);
    }

    /** The other end is closed; what it sent before is still the guest's. */
    void hangUp() {
        hungUp = true;
    }

    /** Whether only what it has sent is left of it. */
    boolean isHungUp() {
        return hungUp;
    }

    /** Whether input waits until the port has room. */
    boolean holdsInput() {
        return inputAt < inputEnd;
    }

    /**
     * Moves what can be moved either way.
     *
     * @return false when the client is to be closed
     */
    boolean pump(@Nullable PortInput port) {
        boolean reads = hungUp || send();
        if (port != null) {
            receive(port);
        }
        return reads && !(hungUp && inputEnded && !holdsInput());
    }

    /** @return false when the client has not read for too long */
    private boolean send() {
        ByteBuffer bytes = out.bytes();
        while (true) {
            if (!bytes.hasRemaining()) {
                ring.take(follower, bytes.clear());
                bytes.flip();
                if (!bytes.hasRemaining()) {
                    readLast = System.nanoTime();
                    return true;
                }
            }
            long sent = socket.send(out, bytes.position(), bytes.remaining(), List.of());
            if (sent == -Errno.EAGAIN.code()) {
                return System.nanoTime() - readLast < STALL_SECONDS * 1_000_000_000L;
            }
            if (sent < 0 && sent != -Errno.EINTR.code()) {
                hungUp = true; // Nobody reads there; what was sent before is still the guest's.
                return true;
            }
            bytes.position(bytes.position() + (int) Math.max(0, sent));
            readLast = System.nanoTime();
        }
    }

    private void receive(PortInput port) {
        while (true) {
            if (inputAt < inputEnd) {
                inputAt += port.offer(input, inputAt, inputEnd - inputAt);
                if (inputAt < inputEnd) {
                    return; // The port will tell of room.
                }
            }
            if (inputEnded || !fill()) {
                return;
            }
        }
    }

    private boolean fill() {
        List<Fd> descriptors = new ArrayList<>(0);
        long got = socket.receive(in, 0, INPUT_BYTES, descriptors);
        descriptors.forEach(Fd::close); // Nobody asked for any.
        if (got > 0) {
            in.bytes().get(0, input, 0, (int) got);
            inputAt = 0;
            inputEnd = (int) got;
            return true;
        }
        inputEnded = got == 0 || (got != -Errno.EAGAIN.code() && got != -Errno.EINTR.code());
        return false;
    }

    /** Tells a client, if it listens, and lets it go. */
    static void refuse(UnixSocket socket, String why) {
        byte[] text = OutputRing.note(why);
        NativeBuffer bytes = NativeBuffer.allocate(text.length);
        bytes.bytes().put(0, text);
        socket.send(bytes, 0, text.length, List.of());
        socket.close();
    }

    @Override
    public void close() {
        ring.leave(follower);
        if (watch != null) {
            watch.close();
        }
        socket.close();
    }
}
