package crosvm.vmm.virtio.remote;

import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioBackendContract;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;

/** A device that has been waited for is as any other. */
class AwaitedBackendContract extends VirtioBackendContract {
    @Override
    protected VirtioBackend host(VirtioDevice hosted) {
        AwaitedBackend awaited = new AwaitedBackend(RemoteDevice.of(
                hosted.type(), hosted.name(), hosted.queueCount(), hosted.queueSize(0), hosted.configSize()));
        awaited.connected(new ThreadBackend(hosted));
        return awaited;
    }
}
