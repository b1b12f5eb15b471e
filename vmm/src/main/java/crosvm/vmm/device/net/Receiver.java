package crosvm.vmm.device.net;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings frames from one descriptor into one receive queue. The descriptor is watched only as long as the driver gives
 * buffers: without any, frames wait where they are, and in the end their senders do. Belongs to the queue's worker, except
 * {@link #setMergeable}.
 */
abstract class Receiver {
    /** For a frame that was begun, until the driver gives the rest of the room for it. */
    private static final int RETRY_MILLISECONDS = 1000;

    final Fd source;
    final ReceiveBuffers buffers = new ReceiveBuffers();
    final IoVectors vectors = new IoVectors(IoVectors.MAX);
    final DeviceLog log;
    private @Nullable QueueContext context;
    private QueueContext.@Nullable Cancel watch;
    private QueueContext.@Nullable Cancel retry;
    private volatile boolean mergeable;

    Receiver(Fd source, DeviceLog log) {
        this.source = source;
        this.log = log;
    }

    /** Whether a frame may be spread over several buffers. Any thread, while the queue is stopped. */
    void setMergeable(boolean on) {
        mergeable = on;
    }

    boolean mergeable() {
        return mergeable;
    }

    void started(QueueContext queue) {
        context = queue;
    }

    /** Brings in what is there, as far as there are buffers. */
    abstract void handle(SplitQueue ring) throws QueueBroken;

    void stopped() {
        watch = null; // The host has ended watches and timers.
        retry = null;
        if (context != null) {
            buffers.undo(context.ring());
            context = null;
        }
    }

    /**
     * Takes buffers until there is room for {@code bytes}; a single one when a frame may not be spread.
     *
     * @return whether there is
     */
    final boolean room(SplitQueue ring, int bytes) throws QueueBroken {
        while (mergeable ? buffers.bytes() < bytes : buffers.chains() == 0) {
            if (!buffers.take(ring)) {
                return false;
            }
        }
        return buffers.bytes() >= bytes;
    }

    /** Fills in how many buffers a frame of {@code length} bytes, header included, lies in, and gives it to the driver. */
    final void deliver(SplitQueue ring, int length) {
        int count = buffers.chainsFor(length);
        buffers.put(memory(), Frame.NUM_BUFFERS, count);
        buffers.put(memory(), Frame.NUM_BUFFERS + 1, count >> 8);
        buffers.deliver(ring, length);
        ring.notifyDriverAfter(Frame.BATCH);
    }

    final GuestMemory memory() {
        return context().memory();
    }

    private QueueContext context() {
        return Objects.requireNonNull(context, "the queue is not started");
    }

    /** Frames are wanted and have buffers: {@link #handle} is called when there are any, and needs no kick before. */
    final void watch(SplitQueue ring) {
        ring.wantNoKicks();
        if (watch == null) {
            watch = context().watch(source, EventLoop.READABLE, () -> handle(ring));
        }
    }

    /** Frames stay where they are until the driver gives buffers, which makes the host call {@link #handle}. */
    final void unwatch() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }

    /** A frame waits for the rest of its room: it is dropped when the driver takes too long. */
    final void waitForRoom(SplitQueue ring) {
        unwatch();
        if (retry == null) {
            retry = context().after(RETRY_MILLISECONDS, () -> {
                retry = null;
                log.report("dropped a frame: the driver provides no buffer for it");
                dropBegun();
                handle(ring);
            });
        }
    }

    /** The room is there. */
    final void waitNoMore() {
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
    }

    /** Forgets the frame that waits for room. */
    abstract void dropBegun();
}
