package crosvm.vmm.device.net;

import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames from guest pages into passt's stream, each behind its length. What the stream does not take of a frame is
 * copied, so that the stream stays whole whatever becomes of the queue; meanwhile frames wait in the ring.
 */
final class StreamSender implements Sender {
    private final StreamPort port;
    private final Fd stream;
    private final DeviceLog log;
    private final IoVectors vectors = new IoVectors(IoVectors.MAX);
    private final NativeBuffer prefix = NativeBuffer.allocate(StreamReceiver.PREFIX);
    private final NativeBuffer rest = NativeBuffer.allocate(StreamReceiver.PREFIX + Frame.MAX_SIZE);
    private final byte[] copy = new byte[Frame.MAX_SIZE];
    private int restAt;
    private int restEnd;
    private @Nullable QueueContext context;
    private QueueContext.@Nullable Cancel watch;

    StreamSender(StreamPort port, Fd stream, DeviceLog log) {
        this.port = port;
        this.stream = stream;
        this.log = log;
        prefix.bytes().order(ByteOrder.BIG_ENDIAN);
    }

    @Override
    public void started(QueueContext queue) {
        context = queue;
    }

    @Override
    public void handle(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (sentRest(ring) && ring.pop()) {
            long length = chain.readableBytes() - Frame.HEADER;
            if (length < Frame.ETHERNET || length > Frame.MAX_SIZE - Frame.HEADER) {
                log.report("the driver sent a frame of " + length + " bytes; valid sizes are " + Frame.ETHERNET + " to "
                        + (Frame.MAX_SIZE - Frame.HEADER));
            } else if (port.isUp()) {
                send(chain, (int) length);
            }
            ring.stage(chain.head(), 0, chain.readableBytes(), chain.takenAt());
            ring.notifyDriverAfter(Frame.BATCH);
        }
    }

    private void send(DescriptorChain chain, int length) throws QueueBroken {
        prefix.bytes().putInt(0, length);
        vectors.clear();
        vectors.add(prefix.address(), StreamReceiver.PREFIX);
        if (chain.readableCount() >= IoVectors.MAX) { // One too many, with the prefix.
            keep(chain, length, 0);
            return;
        }
        chain.addReadable(Frame.HEADER, length, vectors);
        long done = write();
        if (done >= 0 && done < StreamReceiver.PREFIX + length) {
            keep(chain, length, (int) done);
        }
    }

    /** Bytes written, 0 when the stream takes none now, negative when it is no more. */
    private long write() {
        while (true) {
            long done = vectors.write(stream);
            if (done >= 0) {
                return done;
            }
            if (done == -Errno.EAGAIN.code()) {
                return 0;
            }
            if (done != -Errno.EINTR.code()) {
                port.ended("passt: " + Errno.describe((int) -done));
                return done;
            }
        }
    }

    private void keep(DescriptorChain chain, int length, int done) throws QueueBroken {
        chain.read(Frame.HEADER, copy, 0, length);
        rest.bytes().put(0, prefix.bytes(), 0, StreamReceiver.PREFIX);
        rest.bytes().put(StreamReceiver.PREFIX, copy, 0, length);
        restAt = done;
        restEnd = StreamReceiver.PREFIX + length;
    }

    /** Whether nothing is left from before; else the ring is handled again when the stream takes more. */
    private boolean sentRest(SplitQueue ring) {
        while (restAt < restEnd && port.isUp()) {
            vectors.clear();
            vectors.add(rest.address() + restAt, restEnd - restAt);
            long done = write();
            if (done == 0) {
                if (watch == null) {
                    watch = Objects.requireNonNull(context, "the queue is started")
                            .watch(stream, EventLoop.WRITABLE, () -> handle(ring));
                }
                return false;
            }
            restAt += (int) Math.max(0, done);
        }
        restAt = 0;
        restEnd = 0;
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        return true;
    }

    @Override
    public void stopped() {
        context = null;
        watch = null;
    }
}
