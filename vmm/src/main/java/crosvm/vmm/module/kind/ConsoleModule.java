package crosvm.vmm.module.kind;

import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.PortSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.vmm.device.console.ConsoleDevice;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.module.ConsolePorts;
import crosvm.vmm.module.DeviceModule;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.util.List;

/** The virtio console, whose terminal belongs to the main process. */
public final class ConsoleModule implements DeviceModule<ConsoleSpec> {
    @Override
    public DeviceKind kind() {
        return DeviceKind.CONSOLE;
    }

    @Override
    public String title() {
        return "console";
    }

    @Override
    public DeviceType type() {
        return DeviceType.CONSOLE;
    }

    @Override
    public List<String> queues(ConsoleSpec spec) {
        return List.of("receiveq", "transmitq");
    }

    @Override
    public PortSpec port(ConsoleSpec spec) {
        return spec.hvc0();
    }

    @Override
    public List<HostResource> host(ConsoleSpec spec) {
        return HostResource.ofPort(spec.hvc0());
    }

    @Override
    public PendingBackend begin(ConsoleSpec spec, PciFunctionPlan plan, DeviceSite site) {
        ConsolePorts consoles = site.consoles();
        ConsoleDevice device = new ConsoleDevice(consoles.output(plan.id()), consoles.isTerminal(plan.id()));
        return PendingBackend.here(device::close, () -> {
            consoles.connect(plan.id(), device);
            return new ThreadBackend(device);
        });
    }
}
