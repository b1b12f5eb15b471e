package crosvm.vmm.machine;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.cgroup.CgroupFigures;
import crosvm.vmm.device.balloon.BalloonDevice;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.hosting.VirtioDevices;
import crosvm.vmm.kvm.ExitReason;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.NetworkRefusals;
import crosvm.vmm.metrics.VcpuStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;

/** What a machine has done so far, gathered from where it is counted. Any thread, while the machine is open. */
final class StatsCollector {
    /** Pages in all, pages in RAM, … (proc(5)). */
    private static final Path STATM = Path.of("/proc/self/statm");

    private final DeviceGraph graph;
    private final List<VcpuThread> vcpus;
    private final VirtioDevices devices;
    private final Supplier<List<NetworkRefusals>> refusals;

    StatsCollector(
            DeviceGraph graph,
            List<VcpuThread> vcpus,
            VirtioDevices devices,
            Supplier<List<NetworkRefusals>> refusals) {
        this.graph = graph;
        this.vcpus = List.copyOf(vcpus);
        this.devices = devices;
        this.refusals = refusals;
    }

    MachineStats stats() {
        List<VcpuStats> each = vcpus.stream().map(StatsCollector::stats).toList();
        return new MachineStats(
                graph.name(),
                each,
                devices.stats(),
                graph.memoryBytes(),
                residentBytes(),
                balloonBytes(),
                refusals.get(),
                graph.limits() == null ? Map.of() : CgroupFigures.ofThisProcess());
    }

    private OptionalLong balloonBytes() {
        return devices.controls(BalloonDevice.class).stream()
                .mapToLong(BalloonDevice::actual)
                .findFirst();
    }

    private static VcpuStats stats(VcpuThread vcpu) {
        AtomicLongArray counts = vcpu.exits();
        TreeMap<String, Long> exits = new TreeMap<>();
        for (ExitReason reason : ExitReason.values()) {
            long count = counts.getOpaque(reason.ordinal());
            if (count > 0) {
                exits.put(reason.name().toLowerCase(Locale.ROOT), count);
            }
        }
        return new VcpuStats(vcpu.id(), exits);
    }

    private static long residentBytes() {
        try {
            return Long.parseLong(Files.readString(STATM).split(" ")[1]) * MemoryLayout.PAGE;
        } catch (IOException e) {
            throw new VmmException(STATM + " cannot be read: " + FailureReason.of(e), e);
        }
    }
}
