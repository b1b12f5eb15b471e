package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.abi.Vhost;
import crosvm.vmm.linux.abi.VhostIoctl;
import crosvm.vmm.virtio.VirtioBackend;
import java.util.List;

/**
 * One pair of queues of virtio-net, served by vhost-net, which moves frames between the rings and a queue of a tap. The
 * tap has headers of 12 bytes (VERSION_1's size); the control queue is the device's own.
 */
public final class VhostNet extends VhostRings {
    private static final long F_MRG_RXBUF = 1L << 15;
    private static final int RINGS = 2;

    private final Fd tap;

    VhostNet(Fd node, Kernel kernel, Fd tap) {
        super(node, kernel, RINGS);
        this.tap = tap;
    }

    /**
     * @param device what the kernel does not do: features, configuration space, control queue; closed with the result
     * @param nodes /dev/vhost-net opened once for each pair ({@link VhostNode#open()}); taken over
     * @param taps the tap's queues, one for each pair; the device's, open as long as it is
     * @param loop on which the kernel's complaints are seen
     */
    public static VhostKernelBackend backend(VirtioBackend device, List<Fd> nodes, List<Fd> taps, EventLoop loop) {
        if (nodes.size() != taps.size()) {
            throw new IllegalArgumentException(nodes.size() + " vhost devices for " + taps.size() + " queues of a tap");
        }
        return VhostKernelBackend.of(
                device, loop, nodes, i -> new VhostNet(nodes.get(i), nodes.get(i)::ioctl, taps.get(i)));
    }

    /** The same without a kernel behind it, for a process that has to load all code before it closes its jail's door. */
    public static VhostKernelBackend rehearsal(VirtioBackend device, List<Fd> taps, EventLoop loop) {
        List<Fd> nothing =
                taps.stream().map(tap -> EventFd.create("warm vhost").fd()).toList();
        return VhostKernelBackend.of(
                device, loop, nothing, i -> new VhostNet(nothing.get(i), rehearsed(nothing.get(i)), taps.get(i)));
    }

    @Override
    long ownFeatures() {
        return F_MRG_RXBUF; // Says how long the headers are, and whether a frame may be spread over buffers.
    }

    @Override
    void run(int ring) {
        callWithFile(VhostIoctl.NET_SET_BACKEND, ring, tap.number());
        kick(ring);
    }

    @Override
    void halt(int ring) {
        callWithFile(VhostIoctl.NET_SET_BACKEND, ring, Vhost.VHOST_FILE_UNBIND);
    }
}
