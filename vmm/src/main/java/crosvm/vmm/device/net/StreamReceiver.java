package crosvm.vmm.device.net;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.nio.ByteOrder;

/**
 * Brings frames from passt's stream straight into guest pages. Each is preceded by its length in four bytes, big-endian;
 * one read takes the rest of a frame and the length of the next.
 */
final class StreamReceiver extends Receiver {
    static final int PREFIX = 4;
    private static final int UNKNOWN = -1;

    private final StreamPort port;
    private final NativeBuffer prefix = NativeBuffer.allocate(PREFIX);
    private final NativeBuffer spare = NativeBuffer.allocate(Frame.MAX_SIZE);
    /** Bytes of the current frame, without our header. */
    private int length = UNKNOWN;

    private int done;
    private int prefixDone;
    private boolean dropping;

    StreamReceiver(StreamPort port, Fd stream, DeviceLog log) {
        super(stream, log);
        this.port = port;
        prefix.bytes().order(ByteOrder.BIG_ENDIAN);
    }

    @Override
    void handle(SplitQueue ring) throws QueueBroken {
        while (port.isUp()) {
            if (length != UNKNOWN && !dropping && done == 0 && !begin(ring)) {
                return;
            }
            int rest = length == UNKNOWN ? 0 : length - done;
            vectors.clear();
            if (dropping) {
                vectors.add(spare.address(), rest);
            } else if (rest > 0) {
                buffers.addTo(vectors, Frame.HEADER + done, rest);
            }
            vectors.add(prefix.address() + prefixDone, PREFIX - prefixDone);
            long got = vectors.read(source);
            if (got > 0) {
                received(ring, (int) got, rest);
            } else if (got == -Errno.EAGAIN.code()) {
                watch(ring);
                return;
            } else if (got != -Errno.EINTR.code()) {
                port.ended(got == 0 ? "passt has hung up" : "passt: " + Errno.describe((int) -got));
            }
        }
        unwatch();
    }

    /** Whether the frame has a place; one for which a single buffer is too small gets none and is dropped. */
    private boolean begin(SplitQueue ring) throws QueueBroken {
        if (room(ring, Frame.HEADER + length)) {
            waitNoMore();
            return true;
        }
        if (!mergeable() && buffers.chains() > 0) {
            log.report("dropped a frame of " + length + " bytes: the driver's buffer has room for "
                    + (buffers.bytes() - Frame.HEADER));
            dropping = true;
            return true;
        }
        if (!ring.batchIsFull()) {
            waitForRoom(ring);
        }
        return false;
    }

    private void received(SplitQueue ring, int got, int rest) {
        done += Math.min(got, rest);
        prefixDone += Math.max(0, got - rest);
        if (length != UNKNOWN && done == length) {
            if (!dropping) {
                for (int i = 0; i < Frame.NUM_BUFFERS; i++) {
                    buffers.put(memory(), i, 0); // Nothing is left undone in it.
                }
                deliver(ring, Frame.HEADER + length);
            }
            length = UNKNOWN;
        }
        if (length == UNKNOWN && prefixDone == PREFIX) {
            length = prefix.bytes().getInt(0);
            done = 0;
            prefixDone = 0;
            dropping = false;
            if (length < Frame.ETHERNET || length > Frame.MAX_SIZE - Frame.HEADER) {
                port.ended("passt sent a frame of " + (length & 0xffff_ffffL) + " bytes");
            }
        }
    }

    @Override
    void dropBegun() {
        dropping = true;
    }

    /** The rest of a frame that has begun to arrive is dropped when it comes. */
    @Override
    void stopped() {
        if (length != UNKNOWN && done > 0) {
            dropping = true;
        }
        super.stopped();
    }
}
