package crosvm.vmm.device.net;

import crosvm.schema.model.MacAddress;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.virtio.ConfigBytes;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * virtio-net (virtio 1.2 §5.1): what is offered, the configuration space, and which queue is which. Pairs of queues each
 * have a worker; frames are {@link Receiver}s' and {@link Sender}s' business.
 */
public final class NetDevice implements VirtioDevice {
    public static final int CONFIG_SIZE = 12;

    private static final int STATUS = 6;
    private static final int MAX_VIRTQUEUE_PAIRS = 8;
    private static final int MTU = 10;
    private static final int LINK_UP = 1;

    private final String name;
    private final NetPort port;
    private final Receiver[] receivers;
    private final Sender[] senders;
    private final ControlQueue control;
    private final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    private volatile @Nullable DeviceHost host;
    private volatile int controlQueue;

    private NetDevice(String id, MacAddress mac, Function<NetDevice, NetPort> makePort) {
        name = "net " + id;
        port = makePort.apply(this);
        receivers = new Receiver[port.pairs()];
        senders = new Sender[port.pairs()];
        for (int i = 0; i < port.pairs(); i++) {
            receivers[i] = port.receiver(i);
            senders[i] = port.sender(i);
        }
        control = new ControlQueue(port);
        controlQueue = queueCount() - 1;
        byte[] address = mac.toBytes();
        for (int i = 0; i < address.length; i++) {
            config.put(i, 1, address[i]);
        }
        config.put(STATUS, 2, LINK_UP).put(MAX_VIRTQUEUE_PAIRS, 2, port.pairs()).put(MTU, 2, port.mtu());
    }

    /**
     * A card on a tap.
     *
     * @param queues the tap's, one for each pair, all but the first detached; taken over
     * @param mtu bytes, the tap's
     */
    public static NetDevice onTap(String id, MacAddress mac, List<Fd> queues, int mtu) {
        return new NetDevice(id, mac, device -> new TapPort(queues, mtu, new DeviceLog(device.name)));
    }

    /**
     * A card on a stream socket whose other end speaks passt's protocol. When that end goes, the guest's link goes down.
     *
     * @param stream connected and non-blocking; taken over
     */
    public static NetDevice onStream(String id, MacAddress mac, Fd stream) {
        return new NetDevice(id, mac, device -> new StreamPort(stream, new DeviceLog(device.name), device::linkDown));
    }

    /** A card with a pair of queues of either kind, which lead to each other; takes the ends of a stream socket pair over. */
    public static NetDevice rehearsal(MacAddress mac, Fd tapEnd, Fd streamEnd) {
        return new NetDevice(
                "rehearsal", mac, device -> new RehearsalPort(tapEnd, streamEnd, new DeviceLog(device.name)));
    }

    private void linkDown() {
        config.put(STATUS, 2, 0);
        DeviceHost listener = host;
        if (listener != null) {
            listener.configChanged();
        }
    }

    @Override
    public DeviceType type() {
        return DeviceType.NET;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long features() {
        long features = NetFeature.MAC | NetFeature.STATUS | NetFeature.MTU | NetFeature.MRG_RXBUF | NetFeature.CTRL_VQ;
        return features | port.features() | (port.pairs() > 1 ? NetFeature.MQ : 0);
    }

    @Override
    public int queueCount() {
        return 2 * port.pairs() + 1;
    }

    @Override
    public int workerOf(int queue) {
        return queue == queueCount() - 1 ? 0 : queue / 2;
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    @Override
    public long readConfig(int offset, int size) {
        return config.get(offset, size);
    }

    @Override
    public void attach(DeviceHost deviceHost) {
        host = deviceHost;
    }

    /** Without MQ there is one pair, and the control queue comes right behind it (virtio 1.2 §5.1.2). */
    @Override
    public void negotiated(long features) {
        controlQueue = Feature.has(features, NetFeature.MQ) ? queueCount() - 1 : 2;
        control.negotiated(features);
        for (Receiver receiver : receivers) {
            receiver.setMergeable(Feature.has(features, NetFeature.MRG_RXBUF));
        }
        port.accept(features);
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        if (queue == controlQueue || isSpare(queue)) {
            return;
        }
        if (queue % 2 == 0) {
            receivers[queue / 2].started(context);
        } else {
            senders[queue / 2].started(context);
        }
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        if (queue == controlQueue) {
            control.handle(ring);
        } else if (isSpare(queue)) {
            throw new QueueBroken("queue " + queue + " belongs to no pair: VIRTIO_NET_F_MQ was not accepted");
        } else if (queue % 2 == 0) {
            receivers[queue / 2].handle(ring);
        } else {
            senders[queue / 2].handle(ring);
        }
    }

    /** A queue that is none without VIRTIO_NET_F_MQ. */
    private boolean isSpare(int queue) {
        return queue > controlQueue;
    }

    @Override
    public void queueStopped(int queue) {
        if (queue == controlQueue || isSpare(queue)) {
            return;
        }
        if (queue % 2 == 0) {
            receivers[queue / 2].stopped();
        } else {
            senders[queue / 2].stopped();
        }
    }

    @Override
    public void reset() {
        port.usePairs(1);
        port.accept(0);
        control.negotiated(0);
    }

    @Override
    public void close() {
        port.close();
    }
}
