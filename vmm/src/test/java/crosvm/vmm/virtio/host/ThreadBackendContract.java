package crosvm.vmm.virtio.host;

import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioBackendContract;
import crosvm.vmm.virtio.VirtioDevice;

/** A device on a thread of this process. */
class ThreadBackendContract extends VirtioBackendContract {
    @Override
    protected VirtioBackend host(VirtioDevice hosted) {
        return new ThreadBackend(hosted);
    }
}
