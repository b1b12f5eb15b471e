package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SpecDiffTest {
    @Test
    void saysOfEachFieldWhatBringsTheChangeAbout() {
        assertThat(SpecDiff.of(
                        "web",
                        Map.of("memory", "1GiB", "balloon.initial", "0MiB", "vsock.cid", "3", "cpus", "2"),
                        Map.of("memory", "2GiB", "balloon.initial", "64MiB", "cpus", "2", "restart", "always")))
                .containsExactlyInAnyOrder(
                        "memory: 1GiB -> 2GiB  [needs a restart]",
                        "balloon.initial: 0MiB -> 64MiB  [now by: crosvm balloon web --size 64MiB]",
                        "vsock.cid: 3 -> (none)  [needs a restart]",
                        "restart: (none) -> always  [needs a restart]");
    }

    @Test
    void isEmptyForTheSame() {
        assertThat(SpecDiff.of("web", Map.of("cpus", "2"), Map.of("cpus", "2"))).isEmpty();
    }
}
