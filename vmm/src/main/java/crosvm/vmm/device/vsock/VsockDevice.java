package crosvm.vmm.device.vsock;

import crosvm.vmm.virtio.ConfigBytes;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;

/**
 * virtio-vsock (virtio 1.2 §5.10) without its data: configuration space and event queue. Packets never come here; the
 * kernel's vhost-vsock serves the receive and the transmit queue.
 */
public final class VsockDevice implements VirtioDevice {
    /** VIRTIO_VSOCK_F_SEQPACKET: offered where the kernel has it, too. */
    static final long F_SEQPACKET = 1L << 1;

    private static final int QUEUES = 3;
    private static final int EVENT_QUEUE = 2;
    /** Bytes of the configuration space. */
    public static final int CONFIG_SIZE = 8;

    private static final int GUEST_CID = 0;
    private static final byte[] TRANSPORT_RESET = {0, 0, 0, 0};

    private final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    private volatile boolean connectionsLost;
    private volatile boolean inUse;

    /** @param cid the guest's context id, 3 or more */
    public VsockDevice(long cid) {
        config.put(GUEST_CID, CONFIG_SIZE, cid);
    }

    @Override
    public DeviceType type() {
        return DeviceType.VSOCK;
    }

    @Override
    public String name() {
        return "vsock";
    }

    @Override
    public long features() {
        return F_SEQPACKET;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    @Override
    public long readConfig(int offset, int size) {
        return config.get(offset, size);
    }

    /** The driver may think that connections stand which do not any more: it is told once it has given a buffer for that. */
    public void transportReset() {
        connectionsLost = true;
    }

    /** An event queue that is not fresh belongs to a driver that knew another device process, now dead. */
    @Override
    public void queueStarted(int queue, QueueContext context) {
        if (queue == EVENT_QUEUE) {
            if (!inUse && context.ring().nextAvailable() != 0) {
                transportReset();
            }
            inUse = true;
        }
    }

    /** virtio 1.2 §5.10.6.6: after VIRTIO_VSOCK_EVENT_TRANSPORT_RESET the driver closes all connections. */
    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        if (queue != EVENT_QUEUE) {
            return;
        }
        DescriptorChain chain = ring.chain();
        while (connectionsLost && ring.pop()) {
            boolean fits = chain.writableBytes() >= TRANSPORT_RESET.length;
            if (fits) {
                chain.write(0, TRANSPORT_RESET, 0, TRANSPORT_RESET.length);
                connectionsLost = false;
            }
            ring.push(fits ? TRANSPORT_RESET.length : 0);
        }
    }

    @Override
    public void reset() {
        if (inUse) {
            transportReset();
        }
        inUse = false;
    }
}
