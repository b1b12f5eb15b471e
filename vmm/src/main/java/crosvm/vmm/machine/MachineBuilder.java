package crosvm.vmm.machine;

import crosvm.vmm.VmmException;
import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.KvmIoEvents;
import crosvm.vmm.control.ControlServer;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.graph.AddressRange;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.hosting.ResourceStack;
import crosvm.vmm.hosting.VirtioDevices;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.irq.InterruptWires;
import crosvm.vmm.irq.KvmMsiRoutes;
import crosvm.vmm.kvm.CpuidEntry;
import crosvm.vmm.kvm.GuestCpuid;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVcpu;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.kvm.VcpuState;
import crosvm.vmm.linux.abi.KvmCap;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.module.NetworkPorts;
import crosvm.vmm.module.kind.DiskControl;
import crosvm.vmm.operation.MachineContext;
import crosvm.vmm.operation.Operations;
import crosvm.vmm.pci.PciBus;
import crosvm.vmm.virtio.pci.VirtioPciHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Machine} out of a {@link DeviceGraph}: the one class that knows every room. What fails on the way undoes
 * all that was made. Used once, by one thread.
 */
public final class MachineBuilder {
    private final DeviceGraph graph;
    private final Credentials credentials;
    private final NetworkPorts networks;
    private final WaitingDevices waiting;
    private final ResourceStack resources = new ResourceStack();
    private final EventLoop loop = new EventLoop("main-loop");
    private final EndOfGuest end = new EndOfGuest(this::afterGrace);
    private final Bus ports = new Bus("port");
    private final Bus mmio = new Bus("MMIO");

    private @Nullable ControlServer control;
    private volatile @Nullable VirtioDevices opened;

    private MachineBuilder(DeviceGraph graph, Credentials credentials, NetworkPorts networks, WaitingDevices waiting) {
        this.graph = graph;
        this.credentials = credentials;
        this.networks = networks;
        this.waiting = waiting;
    }

    /**
     * Builds the machine, ready to run.
     *
     * @param places where its console leads besides what its spec says
     * @param controlSocket where the machine is reached while it lives, or a folder for it; null: nowhere
     * @param credentials the values of what the guest is handed by SMBIOS
     * @param networks where its cards on networks between machines get their cables
     * @param waiting device processes that have been begun for it; those it has no use for are ended. Closed by the caller
     * @throws VmmException when the host, a file or an image does not let us; nothing is left behind then
     */
    public static Machine build(
            DeviceGraph graph,
            ConsoleTargets places,
            @Nullable Path controlSocket,
            Credentials credentials,
            NetworkPorts networks,
            WaitingDevices waiting) {
        requireLimits(graph, waiting);
        MachineBuilder builder = new MachineBuilder(graph, credentials, networks, waiting);
        try {
            if (controlSocket != null) {
                builder.control = ControlServer.listen(controlSocket, builder.loop);
            }
            return builder.build(places);
        } catch (RuntimeException | Error e) {
            builder.resources.close();
            builder.loop.close();
            if (builder.control != null) {
                builder.control.close();
            }
            throw e;
        }
    }

    /** What waits already is counted as somebody else's. */
    private static void requireLimits(DeviceGraph graph, WaitingDevices waiting) {
        try {
            HostLimits.require(graph);
        } catch (VmmException e) {
            if (waiting.isEmpty()) {
                throw e;
            }
            waiting.close();
            HostLimits.require(graph);
        }
    }

    private Machine build(ConsoleTargets places) {
        Consoles consoles = Consoles.open(resources, graph, places, this::stopped);
        VirtioDevices devices = VirtioDevices.open(
                resources, graph, consoles, loop, networks, new DeviceFailures(graph.onFailure(), end), waiting);
        opened = devices;
        Kvm kvm = resources.own(Kvm.open());
        List<CpuidEntry> cpuid = kvm.supportedCpuid();
        requireRoom(kvm, cpuid);
        GuestMemory memory = resources.own(GuestMemory.allocate(graph.memoryBytes()));
        GuestBoot boot =
                GuestBoot.load(graph, memory, AddressWidth.highMmioSize(cpuid, graph.memoryBytes()), credentials);

        KvmVm vm = resources.own(kvm.createVm());
        int slot = 0;
        for (GuestRegion region : memory.regions()) {
            vm.setMemoryRegion(slot++, region);
        }
        SharedWindow window = resources.own(new SharedWindow(
                vm, MemoryLayout.highMmioStart(graph.memoryBytes()), sharedWindowSize(cpuid), GuestMemory.MAX_REGIONS));
        vm.createInterruptChips(MemoryLayout.IDENTITY_MAP_ADDRESS, MemoryLayout.TSS_ADDRESS);
        List<KvmVcpu> vcpus = createVcpus(kvm, vm, cpuid);
        BootVcpu.prepare(vcpus.get(0), boot.state());

        PciBus pci = new PciBus(mmio);
        mmio.add(MemoryLayout.ECAM_START, MemoryLayout.ECAM_SIZE, "PCI ECAM", pci.ecam());
        InterruptWires wires = new InterruptWires(gsi -> level -> vm.irqLine(gsi, level));
        devices.startCompanions(window);
        KvmMsiRoutes routes = new KvmMsiRoutes(vm);
        devices.plug(pci, wires, new VirtioPciHost(memory, routes, new KvmIoEvents(vm), loop), routes::at);
        GuestTime time = new GuestTime(vm, vcpus);
        PlatformDevices platform = new PlatformDevices(resources, loop, wires, ports, end, consoles, time::nanoTime);
        platform.add(graph, pci);

        List<VcpuThread> threads = new ArrayList<>();
        for (KvmVcpu vcpu : vcpus) {
            threads.add(new VcpuThread(vcpu, ports, mmio, end::end));
        }
        Suspension suspension = new Suspension(threads, time, loop);
        StatsCollector figures = new StatsCollector(graph, threads, devices, networks::refusals);
        RunningGuest guest = new RunningGuest(end, suspension, platform.powerButton());
        Runnable serve = () -> serve(new MachineContext(
                new MachineContext.Identity(
                        graph.name(), graph.vcpus(), graph.memoryBytes(), graph.cid(), graph.limits()),
                loop,
                guest,
                devices.controls(DiskControl.class),
                devices.controls(BalloonDevice.class).stream().findFirst().orElse(null),
                figures::stats,
                () -> GuestRegisters.of(vm, vcpus)));
        return new Machine(resources, threads, loop, end, guest, figures, devices, serve, control);
    }

    /** Not before all devices work: what is asked of the machine may be asked of them. */
    private void serve(MachineContext machine) {
        if (control != null) {
            control.serve(Operations.of(machine));
        }
    }

    /** From the terminal. */
    private void stopped() {
        end.end(Shutdown.of(Shutdown.Reason.STOPPED));
        VirtioDevices devices = opened;
        if (devices != null) {
            devices.abandon();
        }
    }

    private void requireRoom(Kvm kvm, List<CpuidEntry> cpuid) {
        int most = kvm.maxVcpus();
        if (graph.vcpus() > most) {
            throw new VmmException("cpus: " + graph.vcpus() + " is more than this host's KVM can run in one machine ("
                    + most + "); reduce it");
        }
        AddressWidth.require(cpuid, graph.memoryBytes());
    }

    /** As much of the planned window as the processors can address. */
    private long sharedWindowSize(List<CpuidEntry> cpuid) {
        long planned = graph.addresses().stream()
                .filter(range -> range.kind() == AddressRange.Kind.SHARED_WINDOW)
                .mapToLong(AddressRange::size)
                .sum();
        return Math.min(planned, AddressWidth.highMmioSize(cpuid, graph.memoryBytes()));
    }

    private List<KvmVcpu> createVcpus(Kvm kvm, KvmVm vm, List<CpuidEntry> supported) {
        boolean deadline = kvm.checkExtension(KvmCap.TSC_DEADLINE_TIMER) > 0;
        GuestCpuid cpuid = new GuestCpuid(supported, graph.vcpus(), deadline);
        List<KvmVcpu> vcpus = new ArrayList<>();
        for (int id = 0; id < graph.vcpus(); id++) {
            KvmVcpu vcpu = resources.own(vm.createVcpu(id));
            List<CpuidEntry> leaves = cpuid.forVcpu(id);
            vcpu.setCpuid(leaves);
            VcpuState.powerOn(vcpu, leaves);
            vcpus.add(vcpu);
        }
        return vcpus;
    }

    private void afterGrace(long milliseconds) {
        loop.after(milliseconds, end::panicGraceOver);
    }
}
