package crosvm.vmm.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a machine has done since its start, as of one moment.
 *
 * @param name the machine's
 * @param vcpus in order
 * @param devices virtio devices, in the order of their slots
 * @param memoryBytes the guest's RAM
 * @param residentBytes memory that the VMM's process has in RAM, the guest's among it
 * @param balloonBytes what the guest has given up; empty without a balloon
 * @param refusals what it was refused on networks with an allow-list
 * @param cgroup what the control group of a machine with limits has counted, by name; empty for a machine without
 */
public record MachineStats(
        String name,
        List<VcpuStats> vcpus,
        List<DeviceStats> devices,
        long memoryBytes,
        long residentBytes,
        OptionalLong balloonBytes,
        List<NetworkRefusals> refusals,
        Map<String, Long> cgroup) {
    /** Copies the lists. */
    public MachineStats {
        vcpus = List.copyOf(vcpus);
        devices = List.copyOf(devices);
        refusals = List.copyOf(refusals);
        cgroup = Collections.unmodifiableMap(new LinkedHashMap<>(cgroup));
    }
}
