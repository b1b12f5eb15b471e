package crosvm.vmm.virtio.remote;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.vhostuser.Connection;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioBackendContract;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.host.VhostUserServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A device behind a vhost-user socket: our front-end and our back-end with each other. */
class VhostUserBackendContract extends VirtioBackendContract {
    private final LoopThread loop = new LoopThread();
    private final List<String> deaths = new CopyOnWriteArrayList<>();
    private ServedDevice served;

    @Override
    protected VirtioBackend host(VirtioDevice hosted) {
        served = new ServedDevice(served(hosted), VhostUserServer.Memory.SEALED);
        RemoteDevice remote = RemoteDevice.of(
                hosted.type(), hosted.name(), hosted.queueCount(), hosted.queueSize(0), hosted.configSize());
        return VhostUserBackend.open(remote, new Connection(served.socket), loop.loop, 10_000, deaths::add);
    }

    /** What the back-end's side drives. */
    VirtioBackend served(VirtioDevice hosted) {
        return new ThreadBackend(hosted);
    }

    @Override
    protected void tearDown() throws Exception {
        assertThat(served.awaitEnd()).isNull();
        loop.close();
        assertThat(deaths).isEmpty();
    }
}
