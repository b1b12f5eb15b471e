package crosvm.vmm.module.kind;

import crosvm.schema.model.VsockSpec;
import crosvm.vmm.device.vsock.VsockDevice;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.remote.VhostVsock;
import java.util.List;

/** vsock: the word is the context id, the descriptor is /dev/vhost-vsock with the id taken. */
public final class VsockRecipe implements DeviceRecipe {
    private static final int EVENT_QUEUE = 2;

    @Override
    public DeviceParts open(PciFunction plan) {
        long cid = ((VsockSpec) plan.spec()).cid();
        return new DeviceParts(List.of(Long.toString(cid)), List.of(VhostVsock.open(cid)));
    }

    @Override
    public VirtioBackend make(DeviceParts parts) {
        ThreadBackend ours = ours(new VsockDevice(Long.parseLong(parts.words().get(0))));
        return VhostVsock.backend(ours, parts.descriptors().get(0), ours.loopOf(EVENT_QUEUE));
    }

    /** With its worker started, since a thread can be started now and not behind a jail's door. */
    private static ThreadBackend ours(VsockDevice device) {
        ThreadBackend backend = new ThreadBackend(device);
        backend.startWorkers();
        return backend;
    }

    @Override
    public int configSize(PciFunction plan) {
        return VsockDevice.CONFIG_SIZE;
    }

    /** One event, which the device has to tell only after its connections were lost. */
    @Override
    public Rehearsal rehearse() {
        VsockDevice device = new VsockDevice(3);
        device.transportReset();
        ThreadBackend ours = ours(device);
        return new Rehearsal(
                VhostVsock.rehearsal(ours, ours.loopOf(EVENT_QUEUE)),
                List.of(new Request(EVENT_QUEUE, List.of(), List.of(4))));
    }
}
