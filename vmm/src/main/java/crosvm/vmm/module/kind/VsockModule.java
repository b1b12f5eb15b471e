package crosvm.vmm.module.kind;

import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VsockSpec;
import crosvm.vmm.device.vsock.VsockDevice;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostNeed;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.Rehearsal.Request;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.remote.VhostVsock;
import java.util.List;

/** Sockets between host and guest: the kernel's vhost-vsock moves the data, we the events. */
public final class VsockModule implements HostedModule<VsockSpec, VsockModule.Parts> {
    private static final int EVENT_QUEUE = 2;

    /**
     * What such a device is made of.
     *
     * @param cid the guest's context id
     * @param vhost /dev/vhost-vsock with the id taken
     */
    public record Parts(long cid, Fd vhost) implements DeviceParts {
        @Override
        public void write(PartsWriter writer) {
            writer.number(cid).descriptor(vhost);
        }
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.VSOCK;
    }

    @Override
    public String title() {
        return "vsock";
    }

    @Override
    public DeviceType type() {
        return DeviceType.VSOCK;
    }

    @Override
    public List<String> queues(VsockSpec spec) {
        return List.of("rx", "tx", "event");
    }

    @Override
    public List<HostNeed> needs() {
        return List.of(HostNeed.device("/dev/vhost-vsock", "vsock", "vhost_vsock"));
    }

    @Override
    public List<HostResource> host(VsockSpec spec) {
        return List.of(new HostResource(HostResource.Kind.DEVICE, "/dev/vhost-vsock", "read, write"));
    }

    @Override
    public List<String> handed(VsockSpec spec) {
        return List.of("/dev/vhost-vsock, " + (spec.cid() == null ? "a free context id" : "context id " + spec.cid())
                + " taken");
    }

    @Override
    public Parts open(VsockSpec spec) {
        Long wanted = spec.cid();
        long cid = wanted == null ? VhostVsock.freeCid() : wanted;
        return new Parts(cid, VhostVsock.open(cid));
    }

    @Override
    public Parts read(PartsReader reader) {
        long cid = reader.number();
        return new Parts(cid, reader.descriptor("vsock " + cid));
    }

    @Override
    public VirtioBackend make(Parts parts) {
        ThreadBackend ours = started(new VsockDevice(parts.cid()));
        return VhostVsock.backend(ours, parts.vhost(), ours.loopOf(EVENT_QUEUE));
    }

    /** With its worker started, since a thread can be started now and not behind a jail's door. */
    private static ThreadBackend started(VsockDevice device) {
        ThreadBackend backend = new ThreadBackend(device);
        backend.startWorkers();
        return backend;
    }

    @Override
    public int configSize() {
        return VsockDevice.CONFIG_SIZE;
    }

    /** One event, which the device has to tell only after its connections were lost. */
    @Override
    public List<Rehearsal> rehearsals() {
        VsockDevice device = new VsockDevice(3);
        device.transportReset();
        ThreadBackend ours = started(device);
        return List.of(new Rehearsal(
                VhostVsock.rehearsal(ours, ours.loopOf(EVENT_QUEUE)),
                List.of(new Request(EVENT_QUEUE, List.of(), List.of(4)))));
    }
}
