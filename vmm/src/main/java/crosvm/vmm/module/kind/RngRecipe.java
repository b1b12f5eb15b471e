package crosvm.vmm.module.kind;

import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** Random bytes: they come from the kernel, without a descriptor. */
public final class RngRecipe implements DeviceRecipe {
    @Override
    public DeviceParts open(PciFunction plan) {
        return new DeviceParts(List.of(), List.of());
    }

    @Override
    public VirtioBackend make(DeviceParts parts) {
        return new ThreadBackend(new RngDevice());
    }

    @Override
    public int configSize(PciFunction plan) {
        return 0;
    }

    @Override
    public Rehearsal rehearse() {
        return new Rehearsal(
                make(new DeviceParts(List.of(), List.of())), List.of(new Request(0, List.of(), List.of(64))));
    }
}
