package crosvm.vmm.virtio.remote;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.memory.GuestAddressException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A virtio device whose data queues the kernel serves (vhost-vsock, vhost-net). What the kernel does not do, namely the
 * configuration space and the remaining queues, a back-end of ours does; offered is what both can. Calls come from the
 * transport, one at a time; the kernel's complaints come in on the event loop.
 */
public final class VhostKernelBackend implements VirtioBackend {
    private static final long RING_FEATURES = Feature.INDIRECT_DESC | Feature.EVENT_IDX | Feature.VERSION_1;

    private static final long NET_F_MQ = 1L << 22;

    private final VirtioBackend device;
    private final List<VhostRings> kernel;
    private final VhostErrors errors;
    private final Served[] served;
    private final long kernelBits;
    private final long kernelFeatures;
    private @Nullable DeviceHost host;
    private @Nullable GuestMemory memory;
    /** How many queues, from the first, the kernel has under the features accepted. */
    private int kernelQueues;

    /** A queue in the kernel's hands; {@code vring} is null while it is stopped. */
    private static final class Served {
        final VhostRings rings;
        final int ring;

        @Nullable Vring vring;

        Served(VhostRings rings, int ring) {
            this.rings = rings;
            this.ring = ring;
        }
    }

    /**
     * Takes everything over, also when it fails.
     *
     * @param open makes the rings of the node with this number
     */
    static VhostKernelBackend of(
            VirtioBackend device, EventLoop loop, List<Fd> nodes, IntFunction<? extends VhostRings> open) {
        try {
            List<VhostRings> kernel = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                kernel.add(open.apply(i));
            }
            return new VhostKernelBackend(device, kernel, loop);
        } catch (RuntimeException e) {
            nodes.forEach(Fd::close);
            device.close();
            throw e;
        }
    }

    /** @throws VmmException when the kernel is too old for the virtio we speak */
    VhostKernelBackend(VirtioBackend device, List<VhostRings> kernel, EventLoop loop) {
        this.device = device;
        this.kernel = List.copyOf(kernel);
        long bits = RING_FEATURES;
        long features = -1;
        List<Served> queues = new ArrayList<>();
        for (VhostRings rings : kernel) {
            bits |= rings.ownFeatures();
            features &= rings.features();
            for (int ring = 0; ring < rings.count(); ring++) {
                queues.add(new Served(rings, ring));
            }
        }
        if (!Feature.has(features, Feature.VERSION_1)) {
            throw new VmmException(device.name() + ": this kernel's vhost does not offer VIRTIO_F_VERSION_1; Linux 3.19"
                    + " and later do");
        }
        kernelBits = bits;
        kernelFeatures = features;
        served = queues.toArray(Served[]::new); // Their queues come first: pairs of net, rx and tx of vsock.
        kernelQueues = served.length;
        errors = new VhostErrors(device.name(), served.length, loop, this::ringFailed);
    }

    @Override
    public DeviceType type() {
        return device.type();
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public int queueCount() {
        return device.queueCount();
    }

    @Override
    public int queueSize(int queue) {
        return device.queueSize(queue);
    }

    @Override
    public long features() {
        return device.features() & (kernelFeatures | ~kernelBits);
    }

    private void report(String reason) {
        Objects.requireNonNull(host, "listen() comes first").needsReset(reason);
    }

    /** Event loop. */
    private void ringFailed(int queue) {
        report("queue " + queue + ": the kernel cannot continue it; the guest's driver has broken a rule");
    }

    @Override
    public void acceptFeatures(long features) {
        device.acceptFeatures(features);
        // Several nodes are several pairs of queues. A driver that does not know these has its control queue in their
        // place.
        kernelQueues =
                Feature.has(features, NET_F_MQ) ? served.length : kernel.get(0).count();
        try {
            for (VhostRings rings : kernel) {
                rings.acceptFeatures(features & kernelBits);
            }
        } catch (VmmException e) {
            report(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public int configSize() {
        return device.configSize();
    }

    @Override
    public long readConfig(int offset, int size) {
        return device.readConfig(offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        device.writeConfig(offset, size, value);
    }

    @Override
    public void setMemory(GuestMemory guestMemory) {
        memory = guestMemory;
        device.setMemory(guestMemory);
        for (VhostRings rings : kernel) {
            rings.setMemory(guestMemory);
        }
    }

    @Override
    public void listen(DeviceHost listener) {
        host = listener;
        device.listen(listener);
    }

    @Override
    public void startQueue(int queue, Vring ring, EventFd kick, EventFd call) {
        if (queue >= kernelQueues) {
            device.startQueue(queue, ring, kick, call);
            return;
        }
        Served at = served[queue];
        try {
            GuestMemory guest = Objects.requireNonNull(memory, "setMemory() comes first");
            RingAddresses addresses = RingAddresses.of(guest, ring);
            at.vring = ring;
            at.rings.start(at.ring, ring, addresses, kick, call, errors.watch(queue));
        } catch (GuestAddressException e) {
            report("queue " + queue + ": the guest's driver: " + e.getMessage());
        } catch (VmmException e) {
            report("queue " + queue + ": " + e.getMessage());
        }
    }

    @Override
    public void callReplaced(int queue, EventFd call) {
        if (queue < kernelQueues) {
            served[queue].rings.setCall(served[queue].ring, call);
        } else {
            device.callReplaced(queue, call);
        }
    }

    @Override
    public int stopQueue(int queue) {
        if (queue >= kernelQueues) {
            return device.stopQueue(queue);
        }
        Served at = served[queue];
        Vring vring = at.vring;
        if (vring == null) {
            return 0;
        }
        at.vring = null;
        errors.unwatch(queue);
        try {
            return at.rings.stop(at.ring);
        } catch (VmmException e) {
            report("queue " + queue + ": " + e.getMessage());
            return Objects.requireNonNull(memory).u16(vring.used() + 2); // What was given back has been done.
        }
    }

    private void stopAll() {
        for (int i = 0; i < kernelQueues; i++) {
            stopQueue(i);
        }
    }

    @Override
    public void reset() {
        stopAll();
        device.reset();
    }

    @Override
    public void close() {
        stopAll();
        errors.close();
        kernel.forEach(VhostRings::close);
        device.close();
    }
}
