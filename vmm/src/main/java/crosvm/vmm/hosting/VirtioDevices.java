package crosvm.vmm.hosting;

import crosvm.schema.model.Placement;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.QueuePlan;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.irq.MsiRoute;
import crosvm.vmm.jail.JailPolicy;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.metrics.DeviceStats;
import crosvm.vmm.module.Companion;
import crosvm.vmm.module.ConsolePorts;
import crosvm.vmm.module.DeviceParts;
import crosvm.vmm.module.DeviceSite;
import crosvm.vmm.module.HostedModule;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.PendingBackend;
import crosvm.vmm.module.kind.DeviceModules;
import crosvm.vmm.pci.PciBus;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.host.ThreadBackend;
import crosvm.vmm.virtio.pci.VirtioPciFunction;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The virtio devices of a graph: begun first, so that a wrong file is told before anything else happens and device processes
 * start while the kernel is loaded, then plugged into the machine's PCI bus. Used once, by the thread that builds the machine.
 */
public final class VirtioDevices {
    private final ResourceStack resources;
    private final DeviceGraph graph;
    private final EventLoop loop;
    private final Consumer<String> onDeath;
    private final NetworkPorts networks;
    private final ConsolePorts consoles;
    private final JailedDevices jailed;
    /** By the plan itself: a record as a key has its hash code made of method handles, which costs a start 20 ms. */
    private final IdentityHashMap<PciFunctionPlan, PendingBackend> devices = new IdentityHashMap<>();

    private final IdentityHashMap<PciFunctionPlan, DeviceCounters> counters = new IdentityHashMap<>();
    private final Map<String, VirtioPciFunction> functions = new ConcurrentHashMap<>();
    private final List<Companion> companions = new ArrayList<>();
    private final List<Object> controls = new ArrayList<>();

    private VirtioDevices(
            ResourceStack resources,
            DeviceGraph graph,
            ConsolePorts consoles,
            EventLoop loop,
            NetworkPorts networks,
            Consumer<String> onDeath,
            WaitingDevices waiting) {
        this.resources = resources;
        this.graph = graph;
        this.consoles = consoles;
        this.loop = loop;
        this.onDeath = onDeath;
        this.networks = networks;
        this.jailed = new JailedDevices(graph, loop, onDeath, waiting);
    }

    /**
     * Opens what the devices need of the host, and starts their processes unless {@link #awaitReady} may.
     *
     * @param consoles where the ports lead that are virtio devices
     * @param loop the machine's
     * @param onDeath told when a device has died while the guest ran: which, which process, and how; any thread
     * @param waiting processes that have been begun for the devices; those that none has a use for are ended
     * @throws crosvm.vmm.VmmException naming the device's file and what is wrong with it
     */
    public static VirtioDevices open(
            ResourceStack resources,
            DeviceGraph graph,
            ConsolePorts consoles,
            EventLoop loop,
            NetworkPorts networks,
            Consumer<String> onDeath,
            WaitingDevices waiting) {
        VirtioDevices opened = new VirtioDevices(resources, graph, consoles, loop, networks, onDeath, waiting);
        graph.pci().forEach(opened::begin);
        if (!opened.jailed.mayStartLater()) {
            opened.jailed.start();
        }
        return opened;
    }

    private void begin(PciFunctionPlan plan) {
        counters.put(
                plan,
                resources.own(DeviceCounters.create(plan.id(), plan.queues().size())));
        devices.put(plan, resources.own(DeviceModules.begin(plan, new Site())));
    }

    private DeviceCounters counters(PciFunctionPlan plan) {
        return Objects.requireNonNull(counters.get(plan), "every device is given counters before it is begun");
    }

    /** What every device has done so far. Any thread, once all are open. */
    public List<DeviceStats> stats() {
        return graph.pci().stream().map(this::stats).toList();
    }

    private DeviceStats stats(PciFunctionPlan plan) {
        List<String> names = plan.queues().stream().map(QueuePlan::name).toList();
        return new DeviceStats(
                plan.id(),
                plan.kind().word(),
                DeviceModules.of(plan.kind()).traffic(),
                counters(plan).hasFailed(),
                counters(plan).read(names));
    }

    /** Starts what the main process does for devices. */
    public void startCompanions(SharedWindow window) {
        companions.forEach(companion -> companion.start(window));
    }

    /**
     * Puts every device into its slot, as the graph says.
     *
     * @param wires the interrupt lines
     * @param host what the devices' PCI functions share
     * @param routes gives the message-signalled interrupt of a GSI
     * @throws crosvm.vmm.VmmException when a device does not start, or is not as the graph says
     */
    public void plug(PciBus pci, InterruptWires wires, VirtioPciHost host, IntFunction<MsiRoute> routes) {
        for (PciFunctionPlan plan : graph.pci()) {
            VirtioBackend backend = Objects.requireNonNull(devices.get(plan), "every device has been begun")
                    .connect(host.loop());
            if (backend instanceof ThreadBackend threads) {
                threads.countIn(counters(plan));
            }
            VirtioPciFunction function =
                    resources.own(PlannedFunction.make(plan, backend, wires.input(plan.intxGsi()), host, routes));
            pci.add(plan.address().slot(), function);
            functions.put(plan.id(), function);
        }
    }

    /**
     * Waits, while the guest may run already, until the processes of all devices are sealed and their devices work. By the thread that
     * has started them.
     *
     * @return whether they do; not when {@link #abandon} was called before
     * @throws crosvm.vmm.VmmException when a device does not start
     */
    public boolean awaitReady() {
        return jailed.awaitReady();
    }

    /** The machine ends: devices that are not ready yet are not waited for any more. Any thread, without waiting. */
    public void abandon() {
        jailed.abandon();
    }

    /** The machine is about to end: no device is waited for long from now on. Any thread, without waiting. */
    public void hurry() {
        functions.values().forEach(VirtioPciFunction::hurry);
    }

    /** What the machine's operators can do to its devices, of one type, in the devices' order. */
    public <T> List<T> controls(Class<T> type) {
        return controls.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The machine as a device sees it. */
    private final class Site implements DeviceSite {
        @Override
        public long memoryBytes() {
            return graph.memoryBytes();
        }

        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public ConsolePorts consoles() {
            return consoles;
        }

        @Override
        public NetworkPorts networks() {
            return networks;
        }

        @Override
        public void died(String report) {
            onDeath.accept(report);
        }

        @Override
        public <P extends DeviceParts> PendingBackend host(PciFunctionPlan plan, HostedModule<?, P> module, P parts) {
            Companion companion = parts.companion();
            if (companion != null) {
                companions.add(resources.own(companion));
            }
            return plan.placement() == Placement.PROCESS
                    ? jailed.add(plan, module, parts, counters(plan).fd())
                    : PendingBackend.here(parts::close, () -> module.make(parts));
        }

        @Override
        public JailPolicy policy(PciFunctionPlan plan) {
            return new JailPolicy(
                    JailPolicy.load(graph.policyDir(), "the policy of " + plan.id(), List.of(plan.policy())),
                    JailPolicy.OnViolation.valueOf(graph.onViolation().name()));
        }

        @Override
        public void refresh(PciFunctionPlan plan) {
            VirtioPciFunction function = functions.get(plan.id());
            if (function != null) {
                function.refresh();
            }
        }

        @Override
        public boolean hasFailed(PciFunctionPlan plan) {
            return counters(plan).hasFailed();
        }

        @Override
        public void offer(Object control) {
            controls.add(control);
        }
    }
}
