package crosvm.runner.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.metrics.Exposition.Format;
import crosvm.vmm.metrics.MachineStats;
import crosvm.vmm.metrics.NetworkRefusals;
import crosvm.vmm.metrics.PrometheusText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a fleet was refused outside, as Prometheus's own programs read it. */
class RefusalsProgramIT {
    private static final String READ = "import sys\n"
            + "from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n"
            + "for family in read(sys.stdin.read()):\n"
            + "    for s in family.samples:\n"
            + "        if 'refused' in s.name: print(s.name, s.labels['vm'], s.labels['network'], int(s.value))\n";

    @TempDir
    private Path folder;

    private static String fleet(Format format) {
        return Exposition.of(
                Stream.of("shop-db", "shop-web", "alone")
                        .map(RefusalsProgramIT::machine)
                        .toList(),
                format);
    }

    private static MachineFigures machine(String name) {
        List<NetworkRefusals> refusals = name.equals("alone")
                ? List.of()
                : List.of(new NetworkRefusals("lan", 12, 3), new NetworkRefusals("open", 0, 0));
        MachineStats stats =
                new MachineStats(name, List.of(), List.of(), 1, 1, OptionalLong.empty(), refusals, Map.of());
        return new MachineFigures(name, Instant.ofEpochSecond(1), 0, PrometheusText.of(stats));
    }

    private String said(String text, String... command) throws Exception {
        Path input = Files.writeString(folder.resolve("input"), text);
        Process process = new ProcessBuilder(command)
                .redirectInput(input.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(said).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    @Test
    void leavesPromtoolNothingToSay() throws Exception {
        String text = fleet(Format.PROMETHEUS);
        assertThat(text).contains("crosvm_network_refused_packets_total{vm=\"shop-web\",network=\"lan\"} 12\n");
        assertThat(said(text, "promtool", "check", "metrics")).isEmpty();
    }

    @Test
    void isReadAsOpenMetricsByMachineAndNetwork() throws Exception {
        assertThat(said(fleet(Format.OPENMETRICS), "/usr/bin/python3", "-c", READ))
                .isEqualTo("""
                        crosvm_network_refused_packets_total shop-db lan 12
                        crosvm_network_refused_packets_total shop-db open 0
                        crosvm_network_refused_packets_total shop-web lan 12
                        crosvm_network_refused_packets_total shop-web open 0
                        crosvm_network_refused_names_total shop-db lan 3
                        crosvm_network_refused_names_total shop-db open 0
                        crosvm_network_refused_names_total shop-web lan 3
                        crosvm_network_refused_names_total shop-web open 0
                        """);
    }
}
