package crosvm.vmm.device.net;

import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * The control queue's commands (virtio 1.2 §5.1.6.5): class and command in a byte each, then data; the answer is one byte.
 * Whatever is not understood is answered with an error. Belongs to the queue's worker.
 */
final class ControlQueue {
    static final int OK = 0;
    static final int ERR = 1;

    static final int MQ = 4;
    static final int MQ_VQ_PAIRS_SET = 0;
    static final int GUEST_OFFLOADS = 5;
    static final int GUEST_OFFLOADS_SET = 0;

    private static final int HEADER = 2;

    private final NetPort port;
    private volatile long features;

    ControlQueue(NetPort port) {
        this.port = port;
    }

    /** What the driver has accepted. Any thread. */
    void negotiated(long accepted) {
        features = accepted;
    }

    void handle(SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            int answer = execute(chain);
            if (chain.writableBytes() > 0) {
                chain.putWritable(0, answer);
                ring.push(1);
            } else {
                ring.push(0);
            }
        }
    }

    private int execute(DescriptorChain chain) throws QueueBroken {
        if (chain.readableBytes() < HEADER) {
            return ERR;
        }
        long data = chain.readableBytes() - HEADER;
        int kind = (int) chain.getReadable(0, 1);
        int command = (int) chain.getReadable(1, 1);
        if (kind == MQ && command == MQ_VQ_PAIRS_SET && data == 2) {
            return usePairs((int) chain.getReadable(HEADER, 2));
        }
        if (kind == GUEST_OFFLOADS && command == GUEST_OFFLOADS_SET && data == 8) {
            return setOffloads(chain.getReadable(HEADER, 8));
        }
        return ERR;
    }

    private int usePairs(int count) {
        if ((features & NetFeature.MQ) == 0 || count < 1 || count > port.pairs()) {
            return ERR;
        }
        port.usePairs(count);
        return OK;
    }

    /** Only what was negotiated can be switched on. */
    private int setOffloads(long offloads) {
        long possible = features & NetFeature.GUEST_OFFLOADS;
        if ((features & NetFeature.CTRL_GUEST_OFFLOADS) == 0 || (offloads & ~possible) != 0) {
            return ERR;
        }
        port.accept(offloads);
        return OK;
    }
}
