package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatsTextTest {
    private static Map<String, Object> stats(long io, long requests) {
        return Map.of(
                "memory",
                512L << 20,
                "resident",
                100L << 20,
                "balloon",
                0L,
                "vcpus",
                List.of(Map.of("id", 0L, "exits", Map.of("io", io))),
                "devices",
                List.of(Map.of(
                        "id",
                        "root",
                        "queues",
                        List.of(Map.of(
                                "name",
                                "requestq",
                                "requests",
                                requests,
                                "readBytes",
                                16 * requests,
                                "writtenBytes",
                                4097 * requests,
                                "nanoseconds",
                                250_000 * requests)))));
    }

    @Test
    void tellsCountersInLines() {
        assertThat(StatsText.of(stats(7, 1000))).isEqualTo("""
                        memory   512MiB, of the process 100MiB resident
                        balloon  0B
                        vCPU 0   exits: io 7

                        DEVICE  QUEUE     REQUESTS  TO DEVICE  FROM DEVICE  MEAN
                        root    requestq  1000      15.6KiB    3.9MiB       250 µs
                        """);
    }

    @Test
    void tellsWhatHasChanged() {
        assertThat(StatsText.change(stats(7, 1000), stats(9, 1010))).contains("exits: io 2\n", "requestq  10 ");
        assertThat(StatsText.change(stats(7, 1000), stats(7, 1000)))
                .contains("vCPU 0   no exits\n", "requestq  0 ", "-\n");
    }

    @Test
    void tellsWhatWasRefusedOutsideByNetwork() {
        Map<String, Object> before = new HashMap<>(stats(7, 1));
        before.put("refused", List.of(Map.of("network", "lan", "packets", 5L, "names", 1L)));
        Map<String, Object> after = new HashMap<>(before);
        after.put("refused", List.of(Map.of("network", "lan", "packets", 12L, "names", 1L)));
        assertThat(StatsText.of(after)).contains("refused on lan  12 packets, 1 names\n");
        assertThat(StatsText.change(before, after)).contains("refused on lan  7 packets, 0 names\n");
    }

    @Test
    void showsADiskThatHasLostData() {
        Map<String, Object> failed = new HashMap<>(stats(7, 1));
        failed.put("devices", List.of(Map.of("id", "root", "failed", true, "queues", List.of())));
        assertThat(StatsText.of(failed)).contains("disk root  FAILED: a flush failed, data may be lost\n");
        assertThat(StatsText.of(stats(7, 1))).doesNotContain("FAILED");
    }

    @Test
    void writesSizesWithThreeDigits() {
        assertThat(StatsText.size(999)).isEqualTo("999B");
        assertThat(StatsText.size(1000)).isEqualTo("1.0KiB");
        assertThat(StatsText.size(123 << 20)).isEqualTo("123MiB");
        assertThat(StatsText.size(Long.MAX_VALUE)).endsWith("TiB");
    }
}
