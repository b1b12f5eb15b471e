package crosvm.vmm.machine;

import crosvm.schema.model.DiskSpec;
import crosvm.vmm.device.blk.BlkDevice;
import crosvm.vmm.device.blk.BlockFile;
import crosvm.vmm.device.rng.RngDevice;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.pci.PciBus;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.pci.VirtioPciFunction;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The virtio devices of a graph: opened first, so that a wrong file is told before anything else happens, then plugged
 * into the machine's PCI bus. Used once, by the thread that builds the machine.
 */
final class VirtioDevices {
    private final ResourceStack resources;
    private final Map<PciFunction, VirtioDevice> devices = new LinkedHashMap<>();

    private VirtioDevices(ResourceStack resources) {
        this.resources = resources;
    }

    /**
     * Opens what the devices need of the host.
     *
     * @throws crosvm.vmm.VmmException naming the device's file and what is wrong with it
     */
    static VirtioDevices open(ResourceStack resources, DeviceGraph graph) {
        VirtioDevices opened = new VirtioDevices(resources);
        for (PciFunction function : graph.pci()) {
            if (function.built()) {
                opened.devices.put(function, resources.own(device(function)));
            }
        }
        return opened;
    }

    private static VirtioDevice device(PciFunction function) {
        return switch (function.catalog().kind()) {
            case "blk" -> disk((DiskSpec) function.spec());
            case "rng" -> new RngDevice();
            default ->
                throw new IllegalStateException(
                        "the catalog says that " + function.catalog().kind() + " is built; nothing here builds it");
        };
    }

    private static BlkDevice disk(DiskSpec spec) {
        return new BlkDevice(BlockFile.open(spec.path(), spec.readOnly()), spec.id());
    }

    /** Puts every device into its slot, its BAR where the graph says. */
    void plug(PciBus pci, InterruptWires wires, VirtioPciHost host) {
        devices.forEach((plan, device) -> {
            int gsi = plan.intxGsi();
            VirtioPciFunction function = resources.own(
                    new VirtioPciFunction(new ThreadBackend(device), plan.virtioType(), gsi, wires.input(gsi), host));
            function.bars().get(0).place(plan.bars().get(0).address());
            pci.add(plan.address().slot(), function);
        });
    }
}
