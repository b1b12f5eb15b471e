package crosvm.vmm.module.kind;

import crosvm.schema.model.BalloonSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.module.DeviceModule;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** The memory balloon: gives pages of the guest back to the host, which only the process can that has the whole memory. */
public final class BalloonModule implements DeviceModule<BalloonSpec> {
    @Override
    public DeviceKind kind() {
        return DeviceKind.BALLOON;
    }

    @Override
    public String title() {
        return "balloon";
    }

    @Override
    public DeviceType type() {
        return DeviceType.BALLOON;
    }

    /** virtio 1.2 §5.5.2. The free page hint queue is never offered, so reporting comes right behind statistics. */
    @Override
    public List<String> queues(BalloonSpec spec) {
        return spec.freePageReporting()
                ? List.of("inflateq", "deflateq", "statsq", "reporting_vq")
                : List.of("inflateq", "deflateq", "statsq");
    }

    @Override
    public PendingBackend begin(BalloonSpec spec, PciFunctionPlan plan, DeviceSite site) {
        BalloonDevice device = new BalloonDevice(
                site.memoryBytes(), spec.initial().bytes(), spec.deflateOnOom(), spec.freePageReporting());
        site.offer(device);
        return PendingBackend.here(device::close, () -> new ThreadBackend(device));
    }
}
