package crosvm.vmm.device.net;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/** Hands frames from guest pages to a queue of a tap, the driver's header with them: the kernel checks and obeys it. */
final class TapSender implements Sender {
    private final Fd tap;
    private final DeviceLog log;
    private final IoVectors vectors = new IoVectors(IoVectors.MAX);

    TapSender(Fd tap, DeviceLog log) {
        this.tap = tap;
        this.log = log;
    }

    @Override
    public void handle(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            long length = chain.readableBytes();
            if (length < Frame.HEADER + Frame.ETHERNET || length > Frame.MAX_SIZE) {
                log.report("the driver sent a frame of " + length + " bytes, header included; valid sizes are "
                        + (Frame.HEADER + Frame.ETHERNET) + " to " + Frame.MAX_SIZE);
            } else {
                send(chain, length);
            }
            ring.stage(chain.head(), 0, chain.readableBytes(), chain.takenAt());
            ring.notifyDriverAfter(Frame.BATCH);
        }
    }

    private void send(DescriptorChain chain, long length) throws QueueBroken {
        vectors.clear();
        chain.addReadable(0, length, vectors);
        long done;
        do {
            done = vectors.write(tap);
        } while (done == -Errno.EINTR.code());
        if (done < 0
                && done != -Errno.EBADFD.code()) { // A detached queue's frames lead nowhere, as the driver has asked.
            log.report("dropped a frame: " + tap.name() + ": "
                    + (done == -Errno.EIO.code() ? "the interface is down" : Errno.describe((int) -done)));
        }
    }
}
