package crosvm.vmm.graph;

import crosvm.schema.model.ConsoleSpec;
import crosvm.schema.model.DeviceSpec;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.ShareSpec;
import crosvm.schema.model.VhostMode;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.WaylandSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the device graph of a spec: pure, the same on every machine. Devices stand in this order: disks, rng, balloon,
 * networks, wayland, vsock, virtio console, shares; so the first disk is always in slot 1 and {@code /dev/vda}.
 */
public final class GraphPlanner {
    /** Common configuration, ISR, device configuration, notifications, MSI-X table and pending bits: a page or two each. */
    static final long VIRTIO_BAR_SIZE = 0x8000;

    private static final int VIRTIO_BAR = 0;
    private static final int QUEUE_SIZE = 256;
    /** The first GSI that is no pin of the I/O APIC. */
    private static final int FIRST_MSI_GSI = 24;

    private final VmSpec spec;
    private final PlacementPlan placements;
    private final AddressMap addressMap = new AddressMap();
    private final List<PciFunction> functions = new ArrayList<>();
    private int nextGsi = FIRST_MSI_GSI;

    private GraphPlanner(VmSpec spec) {
        this.spec = spec;
        this.placements = new PlacementPlan(spec.sandbox());
    }

    /**
     * The device graph of a spec.
     *
     * @throws PlanException when no machine can be made of it, naming the field to change
     */
    public static DeviceGraph plan(VmSpec spec) {
        return new GraphPlanner(spec).plan();
    }

    private DeviceGraph plan() {
        addFunctions();
        KernelSpec kernel = spec.kernel();
        return new DeviceGraph(
                spec.name(),
                spec.cpus(),
                spec.memory().bytes(),
                AddressMap.ranges(spec.memory().bytes(), spec.wayland() != null),
                new BootPlan(kernel.image(), kernel.builtin(), kernel.initrd(), KernelParameters.of(spec)),
                LegacyPlan.of(spec.console()),
                functions,
                placements.processes(functions),
                spec.sandbox().policyDir(),
                spec.sandbox().onViolation(),
                spec.sandbox().onFailure(),
                spec.restart(),
                spec.control().socket(),
                HostPlan.ofMachine(spec),
                Unbuilt.of(functions));
    }

    private void addFunctions() {
        spec.disks().forEach(disk -> add(disk.id(), disk));
        if (spec.rng().enabled()) {
            add("rng", spec.rng());
        }
        if (spec.balloon().enabled()) {
            add("balloon", spec.balloon());
        }
        spec.networks().forEach(network -> add(network.id(), network));
        if (spec.wayland() != null) {
            add("wl", spec.wayland());
        }
        if (spec.vsock() != null) {
            add("vsock", spec.vsock());
        }
        if (spec.console().hvc0().to() != PortTarget.NONE) {
            add("hvc0", spec.console());
        }
        spec.shares().forEach(share -> add(share.tag(), share));
    }

    private void add(String id, DeviceSpec device) {
        int slot = functions.size() + 1;
        if (slot >= PciAddress.SLOTS) {
            throw new PlanException(
                    listOf(device),
                    "the PCI bus has room for " + (PciAddress.SLOTS - 1) + " devices, and " + id
                            + " is one more; leave a device out");
        }
        CatalogEntry entry = DeviceCatalog.of(device.kind());
        List<QueuePlan> queues = entry.queueNames().apply(device).stream()
                .map(name -> new QueuePlan(name, QUEUE_SIZE))
                .toList();
        Msix msix = new Msix(queues.size() + 1, nextGsi);
        nextGsi += msix.vectors();
        PciAddress address = new PciAddress(slot);
        functions.add(new PciFunction(
                address,
                id,
                entry,
                device,
                device instanceof WaylandSpec wayland
                        ? wayland.deviceId()
                        : entry.type().id(),
                List.of(addressMap.place(VIRTIO_BAR, VIRTIO_BAR_SIZE)),
                address.intxGsi(),
                msix,
                queues,
                placements.of(entry, id),
                policy(entry, device),
                HostPlan.ofDevice(device)));
    }

    /** With vhost the kernel moves the packets, or may, and the process needs further system calls. */
    private static String policy(CatalogEntry entry, DeviceSpec device) {
        return device instanceof NetworkSpec network && !network.user() && network.vhost() != VhostMode.OFF
                ? "vhost_net_device.policy"
                : entry.policy();
    }

    /** The field of the spec in which a device stands. */
    private static String listOf(DeviceSpec device) {
        if (device instanceof DiskSpec) {
            return "disks";
        }
        if (device instanceof NetworkSpec) {
            return "networks";
        }
        if (device instanceof ShareSpec) {
            return "shares";
        }
        return device instanceof ConsoleSpec ? "console.hvc0" : device.kind();
    }
}
