package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuestSpeedKvmIT {
    @Test
    void countsTheInstructionsOfAGuestThatReallyRan() {
        TinyGuest.assumeKvm();
        assertThat(GuestSpeed.measure()).isBetween(10_000L, 100_000_000_000L);
    }
}
