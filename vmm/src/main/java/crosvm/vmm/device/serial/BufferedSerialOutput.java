package crosvm.vmm.device.serial;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Serial output into a channel, by a thread of its own. The first byte wakes the thread; it lets a millisecond pass, in
 * which a burst collects, and writes all there is at once. So a burst takes few system calls, and a prompt without a
 * newline shows up at once all the same. When the channel does not keep up and {@value #CAPACITY} bytes wait, bytes are
 * refused until the thread takes the next load.
 *
 * <p>A channel that fails (its reader went away) is not written to again: from then on bytes are taken and dropped, for
 * the guest must not hang on a closed pipe.
 *
 * <p>{@link #offer} may be called by any thread. The lock is held for copying only, never across a write or a listener.
 */
public final class BufferedSerialOutput implements SerialOutput, AutoCloseable {
    static final int CAPACITY = 1 << 16;
    private static final long COLLECT_NANOSECONDS = 1_000_000;
    private static final long CLOSE_MILLISECONDS = 2_000;

    private final WritableByteChannel channel;
    private final Thread writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private ByteBuffer filling = ByteBuffer.allocate(CAPACITY);
    private ByteBuffer spare = ByteBuffer.allocate(CAPACITY);
    private volatile Runnable roomAgain = () -> {};
    private boolean refused;
    private boolean closing;
    private boolean ended;

    private BufferedSerialOutput(String name, WritableByteChannel channel) {
        this.channel = channel;
        writer = new Thread(this::writeAll, name);
        writer.setDaemon(true);
    }

    /**
     * @param name of the writer thread
     * @param channel a blocking channel, written by that thread alone; stays the caller's
     */
    public static BufferedSerialOutput start(String name, WritableByteChannel channel) {
        BufferedSerialOutput output = new BufferedSerialOutput(name, channel);
        output.writer.start();
        return output;
    }

    @Override
    public boolean offer(byte value) {
        lock.lock();
        try {
            if (ended) {
                return true;
            }
            if (!filling.hasRemaining()) {
                refused = true;
                return false;
            }
            filling.put(value);
            if (filling.position() == 1) {
                wake.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onRoom(Runnable listener) {
        roomAgain = listener;
    }

    private void writeAll() {
        try {
            for (ByteBuffer full = take(); full != null; full = take()) {
                while (full.hasRemaining()) {
                    channel.write(full);
                }
            }
        } catch (IOException | RuntimeException e) {
            System.getLogger(getClass().getName())
                    .log(System.Logger.Level.DEBUG, writer.getName() + ": output ended: " + e.getMessage());
        } finally {
            end();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
        } finally {
            lock.unlock();
        }
        roomAgain.run();
    }

    /** Waits for bytes and swaps the buffers; null once closed and empty. */
    private @Nullable ByteBuffer take() {
        boolean tell;
        ByteBuffer full;
        lock.lock();
        try {
            while (filling.position() == 0 && !closing) {
                wake.awaitUninterruptibly();
            }
            collect();
            if (filling.position() == 0) {
                return null;
            }
            full = filling.flip();
            filling = spare.clear();
            spare = full;
            tell = refused;
            refused = false;
        } finally {
            lock.unlock();
        }
        if (tell) {
            roomAgain.run();
        }
        return full;
    }

    private void collect() {
        long left = COLLECT_NANOSECONDS;
        try {
            while (left > 0 && !closing && filling.hasRemaining()) {
                left = wake.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts this thread but the JVM's end; what is there gets written.
            left = 0;
        }
    }

    /** Writes what is left and ends the thread; gives up waiting after two seconds when the channel is stuck. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            wake.signal();
        } finally {
            lock.unlock();
        }
        try {
            writer.join(CLOSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
