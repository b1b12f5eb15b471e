package crosvm.vmm.module.kind;

import crosvm.schema.model.RngSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.PartsReader;
import crosvm.vmm.module.PartsWriter;
import crosvm.vmm.module.Rehearsal;
import crosvm.vmm.module.Rehearsal.Request;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** Random bytes: they come from the kernel, without a descriptor. */
public final class RngModule implements HostedModule<RngSpec, RngModule.Parts> {
    /** Nothing. */
    public record Parts() implements DeviceParts {
        @Override
        public void write(PartsWriter writer) {}
    }

    @Override
    public DeviceKind kind() {
        return DeviceKind.RNG;
    }

    @Override
    public String title() {
        return "random bytes";
    }

    @Override
    public DeviceType type() {
        return DeviceType.RNG;
    }

    @Override
    public List<String> queues(RngSpec spec) {
        return List.of("requestq");
    }

    @Override
    public List<HostResource> host(RngSpec spec) {
        return List.of(new HostResource(HostResource.Kind.KERNEL, "getrandom(2)", "read"));
    }

    @Override
    public Parts open(RngSpec spec) {
        return new Parts();
    }

    @Override
    public Parts read(PartsReader reader) {
        return new Parts();
    }

    @Override
    public VirtioBackend make(Parts parts) {
        return new ThreadBackend(new RngDevice());
    }

    @Override
    public List<Rehearsal> rehearsals() {
        return List.of(new Rehearsal(make(new Parts()), List.of(new Request(0, List.of(), List.of(64)))));
    }
}
