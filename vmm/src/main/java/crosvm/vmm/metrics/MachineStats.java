package crosvm.vmm.metrics;

import java.util.List;
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
 */
public record MachineStats(
        String name,
        List<VcpuStats> vcpus,
        List<DeviceStats> devices,
        long memoryBytes,
        long residentBytes,
        OptionalLong balloonBytes) {
    /** Copies the lists. */
    public MachineStats {
        vcpus = List.copyOf(vcpus);
        devices = List.copyOf(devices);
    }
}
