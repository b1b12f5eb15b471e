package crosvm.vmm.device.wl;

import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The queue of the guest's commands while it runs: several can be open at once, each is answered on its own chain. */
final class OutQueue {
    private final SplitQueue ring;
    private final DeviceLog log;
    private final ArrayDeque<DescriptorChain> spare = new ArrayDeque<>();
    private final byte[] bytes = new byte[WlProtocol.TYPE_SIZE];

    OutQueue(SplitQueue ring, DeviceLog log) {
        this.ring = ring;
        this.log = log;
    }

    /** The next command's chain, to be given back with an answer; null when there is none now. */
    @Nullable DescriptorChain pop() throws QueueBroken {
        DescriptorChain chain = spare.isEmpty() ? ring.newChain() : spare.pop();
        if (ring.pop(chain)) {
            return chain;
        }
        spare.push(chain);
        return null;
    }

    /** @param code one of {@link WlProtocol}'s RESP */
    void answer(DescriptorChain chain, int code) throws QueueBroken {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (code >>> 8 * i);
        }
        answer(chain, bytes);
    }

    void answerNew(DescriptorChain chain, Vfd made, boolean transitional) throws QueueBroken {
        answer(chain, WlMessage.vfdNew(WlProtocol.RESP_VFD_NEW, made, chain.writableBytes(), transitional));
    }

    private void answer(DescriptorChain chain, byte[] answer) throws QueueBroken {
        if (chain.writableBytes() < answer.length) {
            log.report("the guest's driver leaves " + chain.writableBytes() + " bytes for an answer of " + answer.length
                    + "; not answered");
            ring.push(chain, 0);
        } else {
            chain.write(0, answer, 0, answer.length);
            ring.push(chain, answer.length);
        }
        spare.push(chain);
    }

    /** Hosts do this after each batch; to be called after answers outside of one. */
    void notifyDriver() {
        ring.notifyDriver();
    }
}
