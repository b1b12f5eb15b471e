package crosvm.vmm.operation;

import crosvm.vmm.metrics.DeviceStats;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.NetworkRefusals;
import crosvm.vmm.metrics.QueueStats;
import crosvm.vmm.metrics.Traffic;
import crosvm.vmm.metrics.VcpuStats;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A machine's figures as the control socket tells them: counters since its start, sizes in bytes. */
final class StatsFields {
    private StatsFields() {}

    static Map<String, @Nullable Object> of(MachineStats machine) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", machine.name());
        fields.put("memory", machine.memoryBytes());
        fields.put("resident", machine.residentBytes());
        fields.put(
                "balloon",
                machine.balloonBytes().isPresent() ? machine.balloonBytes().getAsLong() : null);
        fields.put("cgroup", machine.cgroup().isEmpty() ? null : machine.cgroup());
        fields.put(
                "refused",
                machine.refusals().isEmpty()
                        ? null
                        : machine.refusals().stream().map(StatsFields::of).toList());
        fields.put("vcpus", machine.vcpus().stream().map(StatsFields::of).toList());
        fields.put("devices", machine.devices().stream().map(StatsFields::of).toList());
        return fields;
    }

    private static Map<String, Object> of(NetworkRefusals refusals) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("network", refusals.network());
        fields.put("packets", refusals.packets());
        fields.put("names", refusals.names());
        return fields;
    }

    private static Map<String, Object> of(VcpuStats vcpu) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", vcpu.id());
        fields.put("exits", vcpu.exits());
        return fields;
    }

    private static Map<String, Object> of(DeviceStats device) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", device.id());
        fields.put("kind", device.kind());
        if (device.traffic() != Traffic.NONE) {
            fields.put("bytesToGuest", device.bytesToGuest());
            fields.put("bytesFromGuest", device.bytesFromGuest());
        }
        if (device.traffic() == Traffic.DISK) {
            fields.put("failed", device.failed());
        }
        fields.put("queues", device.queues().stream().map(StatsFields::of).toList());
        return fields;
    }

    /** {@code latency[i]} counts the requests that took at most 2^i µs and more than the entry before. */
    private static Map<String, Object> of(QueueStats queue) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", queue.name());
        fields.put("requests", queue.requests());
        fields.put("readBytes", queue.readBytes());
        fields.put("writtenBytes", queue.writtenBytes());
        fields.put("nanoseconds", queue.nanoseconds());
        fields.put("latency", queue.buckets());
        return fields;
    }
}
