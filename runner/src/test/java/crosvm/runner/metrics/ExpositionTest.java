package crosvm.runner.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.runner.metrics.Exposition.Format;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpositionTest {
    private static final Instant STARTED = Instant.ofEpochMilli(1_700_000_000_250L);

    private static String counters(String vm) {
        return """
                # HELP crosvm_vcpu_exits_total Exits to user space by KVM's reason.
                # TYPE crosvm_vcpu_exits_total counter
                crosvm_vcpu_exits_total{vm="%1$s",vcpu="0",reason="io"} 7
                # HELP crosvm_queue_latency_seconds Time from taking a chain to giving it back.
                # TYPE crosvm_queue_latency_seconds histogram
                crosvm_queue_latency_seconds_bucket{vm="%1$s",le="0.000001000"} 1
                crosvm_queue_latency_seconds_bucket{vm="%1$s",le="+Inf"} 2
                """.formatted(vm);
    }

    private static final List<MachineFigures> MACHINES = List.of(
            new MachineFigures("a", STARTED, 0, counters("a")),
            new MachineFigures("b", STARTED, 3, counters("b")),
            new MachineFigures("hung", STARTED, 0, ""));

    @Test
    void writesEachFamilyOnceWithTheSamplesOfAllMachinesAndCanonicalBounds() {
        assertThat(Exposition.of(MACHINES, Format.OPENMETRICS)).isEqualTo("""
                        # HELP crosvm_machine_up 1 when the machine's process answers, else 0.
                        # TYPE crosvm_machine_up gauge
                        crosvm_machine_up{vm="a"} 1
                        crosvm_machine_up{vm="b"} 1
                        crosvm_machine_up{vm="hung"} 0
                        # HELP crosvm_machine_start_time_seconds When the machine's process began, since 1970.
                        # TYPE crosvm_machine_start_time_seconds gauge
                        crosvm_machine_start_time_seconds{vm="a"} 1700000000.250
                        crosvm_machine_start_time_seconds{vm="b"} 1700000000.250
                        crosvm_machine_start_time_seconds{vm="hung"} 1700000000.250
                        # HELP crosvm_machine_restarts How often the machine has been started again.
                        # TYPE crosvm_machine_restarts counter
                        crosvm_machine_restarts_total{vm="a"} 0
                        crosvm_machine_restarts_total{vm="b"} 3
                        crosvm_machine_restarts_total{vm="hung"} 0
                        # HELP crosvm_vcpu_exits Exits to user space by KVM's reason.
                        # TYPE crosvm_vcpu_exits counter
                        crosvm_vcpu_exits_total{vm="a",vcpu="0",reason="io"} 7
                        crosvm_vcpu_exits_total{vm="b",vcpu="0",reason="io"} 7
                        # HELP crosvm_queue_latency_seconds Time from taking a chain to giving it back.
                        # TYPE crosvm_queue_latency_seconds histogram
                        crosvm_queue_latency_seconds_bucket{vm="a",le="1e-06"} 1
                        crosvm_queue_latency_seconds_bucket{vm="a",le="+Inf"} 2
                        crosvm_queue_latency_seconds_bucket{vm="b",le="1e-06"} 1
                        crosvm_queue_latency_seconds_bucket{vm="b",le="+Inf"} 2
                        # EOF
                        """);
    }

    @Test
    void keepsNamesAndBoundsAsTheyAreForPrometheus() {
        assertThat(Exposition.of(MACHINES, Format.PROMETHEUS))
                .contains("# TYPE crosvm_machine_restarts_total counter\n", "le=\"0.000001000\"")
                .doesNotContain("# EOF");
    }

    @Test
    void isWholeWithoutMachines() {
        assertThat(Exposition.of(List.of(), Format.OPENMETRICS)).isEqualTo("# EOF\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0.000001000, 1e-06",
        "0.000064000, 6.4e-05",
        "0.000128000, 0.000128",
        "0.001024000, 0.001024",
        "1, 1.0",
        "2.500, 2.5",
        "16.777216, 16.777216",
        "0.000000000012, 1.2e-11",
        "0, 0.0"
    })
    void writesCanonicalNumbers(String number, String canonical) {
        assertThat(Exposition.canonicalNumber(number)).isEqualTo(canonical);
    }
}
