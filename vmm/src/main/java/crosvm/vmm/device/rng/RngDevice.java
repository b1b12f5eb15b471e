package crosvm.vmm.device.rng;

import crosvm.vmm.linux.HostRandom;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/** virtio-rng (virtio 1.2 §5.4): fills the driver's buffers with the host kernel's random numbers. */
public final class RngDevice implements VirtioDevice {
    /** Bytes given for one request at most; a device may fill less than it is given room for. */
    static final int MAX_BYTES = 64 << 10;

    @Override
    public DeviceType type() {
        return DeviceType.RNG;
    }

    @Override
    public String name() {
        return "rng";
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            int given = 0;
            for (int i = 0; i < chain.writableCount() && given < MAX_BYTES; i++) {
                int part = Math.min(chain.writableLength(i), MAX_BYTES - given);
                HostRandom.fill(chain.writableAddress(i), part);
                given += part;
            }
            ring.push(given);
        }
    }
}
