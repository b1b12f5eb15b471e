package crosvm.vmm.metrics;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Writes a machine's figures in Prometheus's text exposition format 0.0.4. Used once, by one thread. */
public final class PrometheusText {
    private final StringBuilder text = new StringBuilder();
    private final String vm;

    private PrometheusText(String machine) {
        vm = label("vm", machine);
    }

    public static String of(MachineStats machine) {
        return new PrometheusText(machine.name()).write(machine);
    }

    private String write(MachineStats machine) {
        family("crosvm_memory_bytes", "gauge", "The guest's RAM.");
        sample("crosvm_memory_bytes", "", machine.memoryBytes());
        family("crosvm_resident_bytes", "gauge", "Memory the VMM's process has in RAM, the guest's among it.");
        sample("crosvm_resident_bytes", "", machine.residentBytes());
        machine.balloonBytes().ifPresent(bytes -> {
            family("crosvm_balloon_bytes", "gauge", "What the guest has given up to the balloon.");
            sample("crosvm_balloon_bytes", "", bytes);
        });
        cgroup(machine.cgroup());
        family("crosvm_vcpu_exits_total", "counter", "Exits to user space by KVM's reason.");
        for (VcpuStats vcpu : machine.vcpus()) {
            vcpu.exits()
                    .forEach((reason, count) -> sample(
                            "crosvm_vcpu_exits_total",
                            andLabel("vcpu", Integer.toString(vcpu.id())) + andLabel("reason", reason),
                            count));
        }
        List<DeviceStats> devices = machine.devices();
        queues(devices, "crosvm_queue_requests_total", "Chains given back to the driver.", QueueStats::requests);
        queues(devices, "crosvm_queue_read_bytes_total", "Bytes the device was given.", QueueStats::readBytes);
        queues(devices, "crosvm_queue_written_bytes_total", "Bytes the device gave.", QueueStats::writtenBytes);
        histograms(devices);
        List<DeviceStats> disks = devices.stream()
                .filter(device -> device.traffic() == Traffic.DISK)
                .toList();
        bytes(disks, "crosvm_disk_read_bytes_total", "Bytes read from a disk.", DeviceStats::bytesToGuest);
        bytes(disks, "crosvm_disk_written_bytes_total", "Bytes written to a disk.", DeviceStats::bytesFromGuest);
        if (!disks.isEmpty()) {
            family("crosvm_disk_failed", "gauge", "1 once a flush has failed: what was written may be lost.");
            disks.forEach(disk -> sample("crosvm_disk_failed", andLabel("device", disk.id()), disk.failed() ? 1 : 0));
        }
        List<DeviceStats> networks = devices.stream()
                .filter(device ->
                        device.traffic() == Traffic.NETWORK && !device.queues().isEmpty())
                .toList();
        bytes(networks, "crosvm_network_receive_bytes_total", "Bytes the guest received.", DeviceStats::bytesToGuest);
        bytes(networks, "crosvm_network_transmit_bytes_total", "Bytes the guest sent.", DeviceStats::bytesFromGuest);
        refusals(machine.refusals());
        return text.toString();
    }

    private void refusals(List<NetworkRefusals> networks) {
        if (!networks.isEmpty()) {
            refusals(networks, "packets", "Packets to what no allow-list has.", NetworkRefusals::packets);
            refusals(networks, "names", "Lookups of what no allow-list has.", NetworkRefusals::names);
        }
    }

    private void refusals(
            List<NetworkRefusals> networks, String what, String help, ToLongFunction<NetworkRefusals> count) {
        String name = "crosvm_network_refused_" + what + "_total";
        family(name, "counter", help);
        networks.forEach(one -> sample(name, andLabel("network", one.network()), count.applyAsLong(one)));
    }

    /** What the control group of a machine with limits has counted. */
    private void cgroup(Map<String, Long> figures) {
        seconds(
                figures,
                "cpuMicroseconds",
                "crosvm_cgroup_cpu_seconds_total",
                "Processor time of a machine with limits.");
        seconds(
                figures,
                "cpuThrottledMicroseconds",
                "crosvm_cgroup_cpu_throttled_seconds_total",
                "Time that limits.cpu has kept the machine from running.");
        count(figures, "memory", "gauge", "crosvm_cgroup_memory_bytes", "Memory that counts against limits.memory.");
        count(
                figures,
                "oomKills",
                "counter",
                "crosvm_cgroup_oom_kills_total",
                "Processes of the machine ended for want of memory.");
        count(figures, "pids", "gauge", "crosvm_cgroup_pids", "Processes and threads that count against limits.pids.");
        count(
                figures,
                "pidsRefused",
                "counter",
                "crosvm_cgroup_pids_refused_total",
                "Processes and threads that limits.pids has kept from being started.");
        count(figures, "ioReadBytes", "counter", "crosvm_cgroup_io_read_bytes_total", "Bytes read from block devices.");
        count(
                figures,
                "ioWrittenBytes",
                "counter",
                "crosvm_cgroup_io_written_bytes_total",
                "Bytes written to block devices.");
    }

    private void count(Map<String, Long> figures, String figure, String type, String name, String help) {
        Long value = figures.get(figure);
        if (value != null) {
            family(name, type, help);
            sample(name, "", value);
        }
    }

    private void seconds(Map<String, Long> figures, String figure, String name, String help) {
        Long microseconds = figures.get(figure);
        if (microseconds != null) {
            family(name, "counter", help);
            sample(name, "", seconds(1000 * microseconds));
        }
    }

    private void family(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String labels, long value) {
        sample(name, labels, Long.toUnsignedString(value));
    }

    private void sample(String name, String labels, String value) {
        text.append(name)
                .append('{')
                .append(vm)
                .append(labels)
                .append("} ")
                .append(value)
                .append('\n');
    }

    private void bytes(List<DeviceStats> devices, String name, String help, ToLongFunction<DeviceStats> value) {
        if (devices.isEmpty()) {
            return;
        }
        family(name, "counter", help);
        devices.forEach(device -> sample(name, andLabel("device", device.id()), value.applyAsLong(device)));
    }

    private void queues(List<DeviceStats> devices, String name, String help, ToLongFunction<QueueStats> value) {
        family(name, "counter", help);
        for (DeviceStats device : devices) {
            for (QueueStats queue : device.queues()) {
                sample(name, labels(device, queue), value.applyAsLong(queue));
            }
        }
    }

    private void histograms(List<DeviceStats> devices) {
        String name = "crosvm_queue_latency_seconds";
        family(name, "histogram", "Time from taking a chain to giving it back.");
        for (DeviceStats device : devices) {
            for (QueueStats queue : device.queues()) {
                String labels = labels(device, queue);
                long sum = 0;
                int last = queue.buckets().size() - 1;
                for (int i = 0; i <= last; i++) {
                    sum += queue.buckets().get(i);
                    sample(name + "_bucket", labels + andLabel("le", i == last ? "+Inf" : seconds(1_000L << i)), sum);
                }
                sample(name + "_sum", labels, seconds(queue.nanoseconds()));
                sample(name + "_count", labels, sum);
            }
        }
    }

    private static String seconds(long nanoseconds) {
        return String.format(
                Locale.ROOT, "%d.%09d", nanoseconds / 1_000_000_000, Math.abs(nanoseconds % 1_000_000_000));
    }

    private static String labels(DeviceStats device, QueueStats queue) {
        return andLabel("device", device.id()) + andLabel("kind", device.kind()) + andLabel("queue", queue.name());
    }

    private static String andLabel(String name, String value) {
        return "," + label(name, value);
    }

    /** A label as it stands in braces: its value in quotes, with what is special there escaped. */
    public static String label(String name, String value) {
        return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
