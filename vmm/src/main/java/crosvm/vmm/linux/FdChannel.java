package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream descriptor (pipe, terminal, socket, file) as a channel whose calls wait, also when the descriptor is
 * non-blocking because somebody else who has it open (a shell, a terminal) made it so. It is never made so here, for the
 * same reason. One thread reads and one writes at a time.
 */
public final class FdChannel implements ByteChannel {
    /** The most bytes one call moves. */
    private static final int CHUNK_BYTES = 1 << 16;

    private final int number;
    private final String name;
    private final NativeBuffer out = NativeBuffer.allocate(CHUNK_BYTES);
    private final NativeBuffer in = NativeBuffer.allocate(CHUNK_BYTES);
    private final boolean waits;
    private volatile boolean open = true;
    private volatile @Nullable ErrnoException writeFailure;

    private FdChannel(int number, String name, boolean waits) {
        this.number = number;
        this.name = name;
        this.waits = waits;
    }

    /** Over a descriptor that stays the caller's: {@link #close} leaves it open. */
    public static FdChannel over(int number, String name) {
        return new FdChannel(number, name, true);
    }

    /** Over a non-blocking descriptor; where the other calls wait, these throw EAGAIN. */
    public static FdChannel withoutWaiting(Fd fd) {
        return new FdChannel(fd.number(), fd.name(), false);
    }

    /**
     * Waits until there is something, then reads what there is.
     *
     * @return bytes read, -1 at the end
     * @throws ErrnoException for anything but EINTR and EAGAIN; EIO is what a terminal says to a background reader that
     *     blocks SIGTTIN, and when it is gone
     */
    @Override
    public int read(ByteBuffer to) {
        if (!to.hasRemaining()) {
            return 0;
        }
        long got = -1;
        while (got < 0) {
            got = LibC.read(number, in.address(), Math.min(CHUNK_BYTES, to.remaining()));
            if (got < 0) {
                waitOrThrow("read", PollSet.READABLE);
            }
        }
        if (got == 0) {
            return -1;
        }
        to.put(in.bytes().duplicate().limit((int) got).position(0));
        return (int) got;
    }

    /**
     * Writes all.
     *
     * @throws ErrnoException EPIPE when nobody reads any more
     */
    @Override
    public int write(ByteBuffer from) {
        int all = from.remaining();
        while (from.hasRemaining()) {
            int piece = Math.min(CHUNK_BYTES, from.remaining());
            out.bytes().put(0, from, from.position(), piece);
            long written = LibC.write(number, out.address(), piece);
            if (written < 0) {
                try {
                    waitOrThrow("write", PollSet.WRITABLE);
                } catch (ErrnoException e) {
                    writeFailure = e;
                    throw e;
                }
            } else {
                from.position(from.position() + (int) written);
            }
        }
        return all;
    }

    /** Why the last write failed; null when none has. */
    public @Nullable ErrnoException writeFailure() {
        return writeFailure;
    }

    private void waitOrThrow(String call, short event) {
        int errno = LibC.errno();
        if (errno == Errno.EAGAIN.code() && waits) {
            PollSet self = PollSet.readable(number);
            self.watch(0, number, event);
            self.await(-1);
        } else if (errno != Errno.EINTR.code()) {
            throw new ErrnoException(name + ": " + call, errno);
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
