package crosvm.vmm.graph;

import crosvm.schema.model.DeviceSpec;
import crosvm.schema.model.Placement;
import java.util.List;

/**
 * A virtio device on the PCI bus (virtio 1.2 §4.1).
 *
 * @param address its slot
 * @param id its name in messages: the id in the spec, or the kind where there is only one
 * @param catalog what all devices of its kind share
 * @param spec what the spec says about it
 * @param virtioType the virtio device type; the PCI device id is 0x1040 more
 * @param bars its windows
 * @param intxGsi the interrupt line of its INTA pin
 * @param msix its message-signalled interrupts
 * @param queues its virtqueues, in order
 * @param placement where its back-end runs; see {@link DeviceGraph#notBuilt} for what this version cannot do yet
 * @param policy the name of its seccomp policy file
 * @param host what it takes of the host
 */
public record PciFunction(
        PciAddress address,
        String id,
        CatalogEntry catalog,
        DeviceSpec spec,
        int virtioType,
        List<Bar> bars,
        int intxGsi,
        Msix msix,
        List<QueuePlan> queues,
        Placement placement,
        String policy,
        List<HostResource> host) {
    /** The vendor id of all virtio devices. */
    public static final int VENDOR = 0x1af4;

    /** Copies the lists. */
    public PciFunction {
        bars = List.copyOf(bars);
        queues = List.copyOf(queues);
        host = List.copyOf(host);
    }

    /** The PCI device id of a modern virtio device. */
    public int deviceId() {
        return 0x1040 + virtioType;
    }

    /** True when this version has the device; else its slot stays empty. */
    public boolean built() {
        return catalog.built();
    }
}
