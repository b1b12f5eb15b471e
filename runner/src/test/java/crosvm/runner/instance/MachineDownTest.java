package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MachineDownTest {
    /** 0 forces the guest off at once, which 500ms does not ask for. */
    @Test
    void roundsTimeoutsUp() {
        assertThat(MachineDown.seconds(Duration.ZERO)).isZero();
        assertThat(MachineDown.seconds(Duration.ofMillis(500))).isEqualTo(1);
        assertThat(MachineDown.seconds(Duration.ofMillis(1_001))).isEqualTo(2);
        assertThat(MachineDown.seconds(Duration.ofSeconds(30))).isEqualTo(30);
    }
}
