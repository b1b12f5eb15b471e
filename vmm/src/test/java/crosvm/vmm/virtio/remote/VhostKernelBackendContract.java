package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.virtio.EchoDevice;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioBackendContract;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** With a kernel that is not one: it finds the rings by what the ioctls said and has a thread serve them. */
class VhostKernelBackendContract extends VirtioBackendContract {
    private final EventFd tap = EventFd.create("tap");

    @Override
    protected VirtioBackend host(VirtioDevice hosted) {
        return backend(hosted, tap);
    }

    /** Each node is closed with the back-end, the tap is the caller's. */
    static VhostKernelBackend backend(VirtioDevice hosted, EventFd tap) {
        ThreadBackend device = new ThreadBackend(hosted);
        FakeVhost kernel = new FakeVhost(device);
        kernel.features = Feature.VERSION_1 | Feature.EVENT_IDX | Feature.INDIRECT_DESC | EchoDevice.OWN_FEATURE;
        EventFd node = EventFd.create("node");
        return VhostKernelBackend.of(
                device, device.loopOf(0), List.of(node.fd()), i -> new VhostNet(node.fd(), kernel, tap.fd()));
    }

    @Override
    protected void tearDown() {
        tap.close();
    }
}
