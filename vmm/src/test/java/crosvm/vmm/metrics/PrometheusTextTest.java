package crosvm.vmm.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {
    private static List<Long> buckets(Map<Integer, Long> filled) {
        List<Long> buckets = new ArrayList<>(Collections.nCopies(QueueCounter.BUCKETS, 0L));
        filled.forEach(buckets::set);
        return buckets;
    }

    private static MachineStats machine(String name, long requests) {
        QueueStats disk = new QueueStats(
                "requestq", requests, 16 * 4 + 512, 4 + 3 * 512, 2_500_000, buckets(Map.of(0, 1L, 3, 2L, 22, 1L)));
        QueueStats receive = new QueueStats("receiveq1", 2, 0, 2 * 12 + 100, 10, buckets(Map.of()));
        QueueStats transmit = new QueueStats("transmitq1", 1, 12 + 40, 0, 10, buckets(Map.of()));
        QueueStats control = new QueueStats("controlq", 1, 1000, 1, 10, buckets(Map.of()));
        return new MachineStats(
                name,
                List.of(
                        new VcpuStats(0, new TreeMap<>(Map.of("io", 7L, "mmio", 3L))),
                        new VcpuStats(1, new TreeMap<>())),
                List.of(
                        new DeviceStats("root", "blk", Traffic.DISK, true, List.of(disk)),
                        new DeviceStats("net0", "net", Traffic.NETWORK, false, List.of(receive, transmit, control)),
                        new DeviceStats("vsock", "vsock", Traffic.NONE, false, List.of())),
                512 << 20,
                100 << 20,
                OptionalLong.of(4096),
                List.of(new NetworkRefusals("lan", 12, 3), new NetworkRefusals("open", 0, 0)),
                Map.of());
    }

    @Test
    void saysWhatTheMachineDid() {
        assertThat(PrometheusText.of(machine("web", 4)).lines())
                .contains(
                        "crosvm_memory_bytes{vm=\"web\"} 536870912",
                        "crosvm_balloon_bytes{vm=\"web\"} 4096",
                        "crosvm_vcpu_exits_total{vm=\"web\",vcpu=\"0\",reason=\"io\"} 7",
                        "crosvm_queue_requests_total{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\"} 4",
                        "crosvm_queue_latency_seconds_bucket{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\",le=\"0.000001000\"} 1",
                        "crosvm_queue_latency_seconds_bucket{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\",le=\"0.000008000\"} 3",
                        "crosvm_queue_latency_seconds_bucket{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\",le=\"+Inf\"} 4",
                        "crosvm_queue_latency_seconds_sum{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\"} 0.002500000",
                        "crosvm_queue_latency_seconds_count{vm=\"web\",device=\"root\",kind=\"blk\",queue=\"requestq\"} 4",
                        "crosvm_disk_failed{vm=\"web\",device=\"root\"} 1",
                        "crosvm_disk_read_bytes_total{vm=\"web\",device=\"root\"} 1536",
                        "crosvm_disk_written_bytes_total{vm=\"web\",device=\"root\"} 512",
                        "crosvm_network_receive_bytes_total{vm=\"web\",device=\"net0\"} 100",
                        "crosvm_network_transmit_bytes_total{vm=\"web\",device=\"net0\"} 40",
                        "crosvm_network_refused_packets_total{vm=\"web\",network=\"lan\"} 12",
                        "crosvm_network_refused_packets_total{vm=\"web\",network=\"open\"} 0",
                        "crosvm_network_refused_names_total{vm=\"web\",network=\"lan\"} 3");
    }

    /** The grammar of the exposition format, and that each family's samples stand together behind its TYPE. */
    @Test
    void isWellFormedWhateverNamesAndNumbersThereAre() {
        Pattern sample = Pattern.compile(
                "([a-z_]+)\\{([a-z]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\")(,[a-z]+=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\")*} (\\d+|-?\\d+\\.\\d{9})");
        Map<String, String> types = new HashMap<>();
        String family = "";
        for (String line : PrometheusText.of(machine("a\"b\\c\nd", -1)).split("\n")) {
            if (line.startsWith("# TYPE ")) {
                family = line.split(" ")[2];
                assertThat(types.put(family, line.split(" ")[3]))
                        .as("a second family %s", family)
                        .isNull();
            } else if (!line.startsWith("# HELP ")) {
                Matcher matcher = sample.matcher(line);
                assertThat(matcher.matches()).as(line).isTrue();
                String name = matcher.group(1);
                assertThat(types.get(family).equals("histogram") ? name.replaceAll("_(bucket|sum|count)$", "") : name)
                        .isEqualTo(family);
            }
        }
        assertThat(types.values()).contains("gauge", "counter", "histogram");
    }

    @Test
    void leavesOutFamiliesOfDevicesThatAreNotThere() {
        MachineStats bare =
                new MachineStats("x", List.of(), List.of(), 1, 1, OptionalLong.empty(), List.of(), Map.of());
        assertThat(PrometheusText.of(bare)).doesNotContain("balloon", "disk", "network");
    }
}
