package crosvm.vmm.device.pvpanic;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.RecordedEvents;
import org.junit.jupiter.api.Test;

class PvpanicTest {
    private final RecordedEvents events = new RecordedEvents();
    private final Pvpanic device = new Pvpanic(events);

    @Test
    void tellsTheEventsItKnows() {
        assertThat(device.read(0, 1)).isEqualTo(3);
    }

    @Test
    void reportsAPanic() {
        device.write(0, 1, 1);
        assertThat(events.seen).containsExactly("panicked");
    }

    @Test
    void letsAGuestWithACrashKernelGoOn() {
        device.write(0, 1, 2);
        device.write(0, 1, 4);
        assertThat(events.seen).isEmpty();
    }
}
