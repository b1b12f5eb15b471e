package crosvm.vmm.virtio.remote;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioDevice;

/** A device process that drives vhost: the whole way from the front-end to the kernel's rings. */
class VhostKernelInJailContract extends VhostUserBackendContract {
    private final EventFd tap = EventFd.create("tap");

    @Override
    VirtioBackend served(VirtioDevice hosted) {
        return VhostKernelBackendContract.backend(hosted, tap);
    }

    @Override
    protected void tearDown() throws Exception {
        super.tearDown();
        tap.close();
    }
}
