package crosvm.vmm.console;

import crosvm.vmm.linux.BareLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.locks.LockSupport;

/**
 * A port's output on the terminal, by a thread of its own. The first byte wakes the thread; it lets a millisecond pass,
 * in which a burst collects, and writes all there is at once. So a burst takes few system calls, and a prompt without a
 * newline shows up at once all the same.
 *
 * <p>A channel that fails (its reader went away) is not written to again: the guest must not hang on a closed pipe.
 */
final class TerminalWriter implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final long COLLECT_NANOSECONDS = 1_000_000;
    private static final long CLOSE_MILLISECONDS = 2_000;

    private final OutputRing ring;
    private final WritableByteChannel channel;
    private final Thread thread;
    private final OutputRing.Follower follower;
    private volatile boolean closing;

    /** @param channel a blocking channel, written by the writer's thread alone; stays the caller's */
    TerminalWriter(String name, OutputRing ring, WritableByteChannel channel) {
        this.ring = ring;
        this.channel = channel;
        thread = new Thread(this::writeAll, name);
        thread.setDaemon(true);
        follower = ring.hold(() -> LockSupport.unpark(thread));
        thread.start();
    }

    private void writeAll() {
        ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            while (true) {
                ring.take(follower, piece.clear());
                if (piece.flip().hasRemaining()) {
                    while (piece.hasRemaining()) {
                        channel.write(piece);
                    }
                } else if (closing) {
                    return;
                } else if (ring.sleep(follower)) {
                    LockSupport.park(this);
                    collect();
                }
            }
        } catch (IOException | RuntimeException e) {
            BareLog.of(getClass())
                    .log(System.Logger.Level.DEBUG, thread.getName() + ": output ended: " + e.getMessage());
        } finally {
            ring.leave(follower);
        }
    }

    private void collect() {
        if (!closing) {
            LockSupport.parkNanos(this, COLLECT_NANOSECONDS);
        }
    }

    /** Writes what is left and ends the thread; gives up waiting after two seconds when the channel is stuck. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
