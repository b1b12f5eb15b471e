package crosvm.vmm.machine;

import crosvm.schema.model.BalloonSpec;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.Placement;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.device.console.ConsoleDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunction;
import crosvm.vmm.graph.QueuePlan;
import crosvm.vmm.hosting.JailedDevices;
import crosvm.vmm.hosting.ResourceStack;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.metrics.DeviceStats;
import crosvm.vmm.module.Companion;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceRecipe;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.module.kind.DeviceRecipes;
import crosvm.vmm.module.kind.DiskControl;
import crosvm.vmm.module.kind.SharedFolder;
import crosvm.vmm.pci.PciBus;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.pci.VirtioPciFunction;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The virtio devices of a graph: begun first, so that a wrong file is told before anything else happens and device processes
 * start while the kernel is loaded, then plugged into the machine's PCI bus. Used once, by the thread that builds the machine.
 *
 * <p>To add a kind of device: one that runs on a thread or in a jailed process of ours gets a {@link DeviceRecipe} and a line
 * in {@link DeviceRecipes}. Any other (it needs the machine's memory or terminal, or is somebody else's program, or is always
 * in the kernel) gets a line in {@link #begin} that returns a {@link PendingBackend}; for one in this process that is
 * {@code PendingBackend.here(resource, () -> new ThreadBackend(device))}. What such a kind needs of the machine becomes a
 * parameter of {@link #open}.
 */
final class VirtioDevices {
    private final ResourceStack resources;
    private final DeviceGraph graph;
    private final EventLoop loop;
    private final Consumer<String> onDeath;
    private final Consoles consoles;
    /** By the function itself: a record as a key has its hash code made of method handles, which costs a start 20 ms. */
    private final IdentityHashMap<PciFunction, PendingBackend> devices = new IdentityHashMap<>();

    private final IdentityHashMap<PciFunction, DeviceCounters> counters = new IdentityHashMap<>();
    private final List<Companion> companions = new ArrayList<>();
    private final List<VirtioPciFunction> functions = new ArrayList<>();
    private final List<DiskControl> disks = new ArrayList<>();
    private @Nullable BalloonDevice balloon;

    private VirtioDevices(
            ResourceStack resources, DeviceGraph graph, Consoles consoles, EventLoop loop, Consumer<String> onDeath) {
        this.resources = resources;
        this.graph = graph;
        this.consoles = consoles;
        this.loop = loop;
        this.onDeath = onDeath;
    }

    /**
     * Opens what the devices need of the host, and starts their processes.
     *
     * @param consoles hubs of the ports that are virtio devices
     * @param loop the machine's
     * @param onDeath told when a device has died while the guest ran: which, which process, and how; any thread
     * @throws crosvm.vmm.VmmException naming the device's file and what is wrong with it
     */
    static VirtioDevices open(
            ResourceStack resources, DeviceGraph graph, Consoles consoles, EventLoop loop, Consumer<String> onDeath) {
        VirtioDevices opened = new VirtioDevices(resources, graph, consoles, loop, onDeath);
        JailedDevices jailed = new JailedDevices(graph, loop, onDeath);
        for (PciFunction plan : graph.pci()) {
            if (plan.built()) {
                opened.counters.put(
                        plan,
                        resources.own(
                                DeviceCounters.create(plan.id(), plan.queues().size())));
                opened.devices.put(plan, resources.own(opened.begin(plan, jailed)));
            }
        }
        jailed.start();
        return opened;
    }

    private PendingBackend begin(PciFunction plan, JailedDevices jailed) {
        String kind = plan.catalog().kind();
        return switch (kind) {
            case "fs" -> SharedFolder.start(plan, loop, onDeath);
            case "balloon" -> balloon((BalloonSpec) plan.spec());
            case "console" -> console(plan.id());
            default -> ours(plan, DeviceRecipes.of(kind), jailed); // Kinds without a recipe stand above this line.
        };
    }

    private PendingBackend balloon(BalloonSpec spec) {
        BalloonDevice device = new BalloonDevice(
                graph.memoryBytes(), spec.initial().bytes(), spec.deflateOnOom(), spec.freePageReporting());
        balloon = device;
        return PendingBackend.here(device::close, () -> new ThreadBackend(device));
    }

    private PendingBackend console(String id) {
        ConsoleDevice device = new ConsoleDevice(consoles.output(id), consoles.isTerminal(id));
        return PendingBackend.here(device::close, () -> {
            consoles.connect(id, device);
            return new ThreadBackend(device);
        });
    }

    private PendingBackend ours(PciFunction plan, DeviceRecipe recipe, JailedDevices jailed) {
        DeviceParts parts = open(plan, recipe);
        return plan.placement() == Placement.PROCESS
                ? jailed.add(plan, recipe, parts, counters(plan).fd())
                : PendingBackend.here(parts::close, () -> recipe.make(parts));
    }

    private DeviceParts open(PciFunction plan, DeviceRecipe recipe) {
        DeviceParts parts = recipe.open(plan);
        Companion companion = parts.companion();
        if (companion != null) {
            companions.add(resources.own(companion));
        }
        return parts;
    }

    private DeviceCounters counters(PciFunction plan) {
        return Objects.requireNonNull(counters.get(plan), "every device is given counters before it is begun");
    }

    /** What the guest has given up, in bytes; empty without a balloon. */
    OptionalLong balloonBytes() {
        BalloonDevice device = balloon;
        return device == null ? OptionalLong.empty() : OptionalLong.of(device.actual());
    }

    /** What every device has done so far. Any thread, once all are open. */
    List<DeviceStats> stats() {
        return graph.pci().stream()
                .filter(counters::containsKey)
                .map(plan -> stats(plan, counters(plan)))
                .toList();
    }

    private static DeviceStats stats(PciFunction plan, DeviceCounters counted) {
        List<String> names = plan.queues().stream().map(QueuePlan::name).toList();
        return new DeviceStats(plan.id(), plan.catalog().kind(), counted.hasFailed(), counted.read(names));
    }

    /** Starts what the main process does for devices. */
    void startCompanions(SharedWindow window) {
        companions.forEach(companion -> companion.start(window));
    }

    /** Puts every device into its slot, its BAR where the graph says. */
    void plug(PciBus pci, InterruptWires wires, VirtioPciHost host) {
        graph.pci().forEach(plan -> {
            PendingBackend pending = devices.get(plan);
            if (pending == null) {
                return;
            }
            int gsi = plan.intxGsi();
            VirtioBackend backend = pending.connect(host.loop());
            if (backend instanceof ThreadBackend threads) {
                threads.countIn(counters(plan));
            }
            VirtioPciFunction function =
                    resources.own(new VirtioPciFunction(backend, plan.virtioType(), gsi, wires.input(gsi), host));
            functions.add(function);
            function.bars().get(0).place(plan.bars().get(0).address());
            pci.add(plan.address().slot(), function);
            if (plan.spec() instanceof DiskSpec disk) {
                disks.add(new DiskControl(
                        disk, devices.get(plan)::limitFiles, function::refresh, counters(plan)::hasFailed));
            }
        });
    }

    /** The machine is about to end: no device is waited for long from now on. Any thread, without waiting. */
    void hurry() {
        functions.forEach(VirtioPciFunction::hurry);
    }

    /** The disks, once they are plugged in. */
    List<DiskControl> disks() {
        return disks;
    }

    @Nullable BalloonDevice balloon() {
        return balloon;
    }
}
