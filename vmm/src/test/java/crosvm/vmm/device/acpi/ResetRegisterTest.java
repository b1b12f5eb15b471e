package crosvm.vmm.device.acpi;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.RecordedEvents;
import org.junit.jupiter.api.Test;

class ResetRegisterTest {
    private final RecordedEvents events = new RecordedEvents();
    private final ResetRegister register = new ResetRegister(events);

    @Test
    void resetsOnTheValueThatTheFadtNames() {
        register.write(0, 1, ResetRegister.RESET_VALUE);
        assertThat(events.seen).containsExactly("reset");
    }

    @Test
    void resetsWhenTheCpuBitGoesUpAndNotBefore() {
        register.write(0, 1, 0x02);
        assertThat(events.seen).isEmpty();
        assertThat(register.read(0, 1)).isEqualTo(2);
        register.write(0, 1, 0x06);
        register.write(0, 1, 0x06);
        assertThat(events.seen).containsExactly("reset");
    }

    @Test
    void keepsOnlyItsOwnBits() {
        register.write(0, 1, 0xfb);
        assertThat(register.read(0, 1)).isEqualTo(0x0a);
    }
}
