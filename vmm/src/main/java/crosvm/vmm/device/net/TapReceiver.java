package crosvm.vmm.device.net;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * Brings frames from a queue of a tap straight into guest pages. Room for the largest frame is taken beforehand; where the
 * driver has less, the rest of a frame lands in a spare buffer and is copied when more room comes.
 */
final class TapReceiver extends Receiver {
    private final TapPort port;
    private final int pair;
    private final NativeBuffer spare = NativeBuffer.allocate(Frame.MAX_SIZE);
    private final byte[] copy = new byte[2048];
    /** Bytes of a frame of which part is in the spare buffer; 0 for none. */
    private int begun;

    private int placed;
    private int spareAt;

    TapReceiver(TapPort port, int pair, Fd queue, DeviceLog log) {
        super(queue, log);
        this.port = port;
        this.pair = pair;
    }

    @Override
    void started(QueueContext queue) {
        super.started(queue);
        queue.watch(port.changed(pair).fd(), EventLoop.READABLE, () -> {
            port.changed(pair).drain();
            handle(queue.ring());
        });
    }

    @Override
    void handle(SplitQueue ring) throws QueueBroken {
        if (!port.uses(pair)) {
            unwatch();
            return;
        }
        while (true) {
            if (begun > 0 && !finish(ring)) {
                waitForRoom(ring);
                return;
            }
            room(ring, Frame.MAX_SIZE);
            if (buffers.chains() == 0) {
                if (!ring.batchIsFull()) {
                    unwatch();
                }
                return;
            }
            vectors.clear();
            buffers.addTo(vectors, 0, buffers.bytes());
            vectors.add(spare.address(), Frame.MAX_SIZE);
            long got = vectors.read(source);
            if (got > 0) {
                received(ring, (int) got);
            } else if (got == -Errno.EAGAIN.code()) {
                watch(ring);
                return;
            } else if (got != -Errno.EINTR.code()) {
                failed((int) -got);
                return;
            }
        }
    }

    private void received(SplitQueue ring, int length) {
        if (length <= buffers.bytes()) {
            deliver(ring, length);
        } else if (mergeable()) {
            begun = length;
            placed = buffers.bytes();
            spareAt = 0;
        } else {
            log.report("dropped a frame of " + (length - Frame.HEADER) + " bytes: the driver's buffer has room for "
                    + (buffers.bytes() - Frame.HEADER));
        }
    }

    /** Copies what has been set aside into whatever room there is. */
    private boolean finish(SplitQueue ring) throws QueueBroken {
        room(ring, begun);
        while (placed < begun && placed < buffers.bytes()) {
            int part = Math.min(copy.length, Math.min(begun, buffers.bytes()) - placed);
            spare.bytes().get(spareAt, copy, 0, part);
            buffers.write(memory(), placed, copy, part);
            placed += part;
            spareAt += part;
        }
        if (placed < begun) {
            return false;
        }
        waitNoMore();
        deliver(ring, begun);
        begun = 0;
        return true;
    }

    private void failed(int errno) {
        if (port.uses(pair)) { // A queue that has just been detached fails, too.
            log.report("cannot read from " + source.name() + ": " + Errno.describe(errno));
        }
        unwatch();
    }

    @Override
    void dropBegun() {
        begun = 0;
    }

    @Override
    void stopped() {
        begun = 0;
        super.stopped();
    }
}
