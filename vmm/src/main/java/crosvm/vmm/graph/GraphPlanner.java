package crosvm.vmm.graph;

import crosvm.schema.model.KernelSpec;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VmSpec.Device;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.model.VmSpec.DeviceSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes the device graph of a spec: pure, the same on every machine. Devices take the slots in the spec's order. */
public final class GraphPlanner {
    /** Common configuration, ISR, device configuration, notifications, MSI-X table and pending bits: a page or two each. */
    static final long VIRTIO_BAR_SIZE = 0x8000;

    private static final int VIRTIO_BAR = 0;
    private static final int QUEUE_SIZE = 256;
    /** The first GSI that is no pin of the I/O APIC. */
    private static final int FIRST_MSI_GSI = 24;

    private final VmSpec spec;
    private final Map<DeviceKind, DeviceTraits<?>> kinds = new EnumMap<>(DeviceKind.class);
    private final PlacementPlan placements;
    private final AddressMap addressMap = new AddressMap();
    private final List<PciFunctionPlan> functions = new ArrayList<>();
    private int nextGsi = FIRST_MSI_GSI;

    private GraphPlanner(VmSpec spec, List<? extends DeviceTraits<?>> kinds) {
        this.spec = spec;
        this.placements = new PlacementPlan(spec.sandbox());
        kinds.forEach(traits -> this.kinds.put(traits.kind(), traits));
    }

    /**
     * The device graph of a spec. Images that are downloaded and kernels that are in an image, and that have not been located yet,
     * are named by their place in the cache, for people: such a graph is to be shown, not run.
     *
     * @param kinds the traits of all kinds of devices
     * @throws PlanException when no machine can be made of it, naming the field to change
     */
    public static DeviceGraph plan(VmSpec spec, List<? extends DeviceTraits<?>> kinds) {
        VmSpec local = spec.withImages(source -> Path.of("$XDG_CACHE_HOME", "crosvm", "images", source.cacheName()));
        if (local.kernel().from() != null) {
            Path boot = Path.of("$XDG_CACHE_HOME", "crosvm", "boot", spec.name());
            List<String> params = local.kernel().params();
            local = local.with(local.kernel().found(boot.resolve("kernel"), boot.resolve("initrd"), params));
        }
        return new GraphPlanner(local, kinds).plan();
    }

    private DeviceGraph plan() {
        boolean sharesMemory = false;
        for (Device device : spec.devices()) {
            DeviceTraits<?> traits = kinds.get(device.kind());
            if (traits == null) {
                throw new IllegalStateException("nothing is known of devices of kind " + device.kind());
            }
            sharesMemory |= traits.sharesMemory();
            add(device, traits);
        }
        KernelSpec kernel = spec.kernel();
        return new DeviceGraph(
                spec.name(),
                spec.cpus(),
                spec.memory().bytes(),
                AddressMap.ranges(spec.memory().bytes(), sharesMemory),
                new BootPlan(
                        kernel.image(),
                        kernel.builtin(),
                        kernel.initrd(),
                        KernelParameters.of(spec),
                        CredentialPlan.of(spec.guest())),
                LegacyPlan.of(spec.console()),
                functions,
                placements.processes(functions),
                spec.sandbox().policyDir(),
                spec.sandbox().onViolation(),
                spec.sandbox().onFailure(),
                spec.restart(),
                spec.control().socket(),
                ReadinessPlan.of(spec),
                spec.limits() == null || !spec.limits().isPresent() ? null : spec.limits(),
                HostPlan.ofMachine(spec));
    }

    private <S extends DeviceSpec> void add(Device device, DeviceTraits<S> traits) {
        int slot = functions.size() + 1;
        if (slot >= PciAddress.SLOTS) {
            throw new PlanException(
                    device.field(),
                    "the PCI bus has room for " + (PciAddress.SLOTS - 1) + " devices, and " + device.id()
                            + " is one more; remove a device");
        }
        S own = traits.own(device.spec());
        List<QueuePlan> queues = traits.queues(own, spec.cpus()).stream()
                .map(name -> new QueuePlan(name, QUEUE_SIZE))
                .toList();
        Msix msix = new Msix(queues.size() + 1, nextGsi);
        nextGsi += msix.vectors();
        PciAddress address = new PciAddress(slot);
        functions.add(new PciFunctionPlan(
                address,
                own,
                traits.title(),
                traits.type(),
                traits.virtioId(own),
                List.of(addressMap.place(VIRTIO_BAR, VIRTIO_BAR_SIZE)),
                address.intxGsi(),
                msix,
                queues,
                placements.of(device),
                traits.program(own),
                traits.port(own),
                traits.handed(own),
                traits.heldDescriptors(),
                traits.writes(own),
                traits.host(own)));
    }
}
