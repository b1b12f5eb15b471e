package crosvm.vmm.device.acpi;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.RecordedEvents;
import crosvm.vmm.bus.Bus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AcpiPmTest {
    private static final int STATUS = 0x600;
    private static final int ENABLE = 0x602;
    private static final int CONTROL = 0x604;
    private static final int TIMER = 0x608;

    private final RecordedEvents events = new RecordedEvents();
    private final List<Boolean> sci = new ArrayList<>();
    private final Bus ports = new Bus("port");
    private long nanoseconds = 5_000;
    private final AcpiPm acpi = new AcpiPm(sci::add, events, () -> nanoseconds);

    @BeforeEach
    void plugIn() {
        acpi.addTo(ports);
    }

    @Test
    void isInAcpiModeFromTheStart() {
        assertThat(ports.read(CONTROL, 2)).isEqualTo(1);
        assertThat(ports.read(STATUS, 4)).isZero();
    }

    @Test
    void raisesTheSciForAnEnabledPowerButtonUntilItsStatusIsCleared() {
        ports.write(ENABLE, 2, 0x100);
        acpi.pressPowerButton();
        assertThat(sci).containsExactly(true);
        assertThat(ports.read(STATUS, 2)).isEqualTo(0x100);
        ports.write(STATUS, 2, 0x0ff);
        assertThat(ports.read(STATUS, 2)).as("zeros clear nothing").isEqualTo(0x100);
        ports.write(STATUS, 2, 0x100);
        assertThat(ports.read(STATUS, 2)).isZero();
        assertThat(sci).containsExactly(true, false);
    }

    @Test
    void remembersAPressUntilTheButtonIsEnabled() {
        acpi.pressPowerButton();
        assertThat(sci).isEmpty();
        ports.write(ENABLE, 2, 0x100);
        assertThat(sci).containsExactly(true);
        ports.write(ENABLE, 2, 0);
        assertThat(sci).containsExactly(true, false);
        assertThat(ports.read(STATUS, 2)).isEqualTo(0x100);
    }

    @Test
    void takesSingleBytesOfItsRegisters() {
        ports.write(ENABLE + 1, 1, 0x01);
        assertThat(ports.read(ENABLE, 2)).isEqualTo(0x100);
        ports.write(ENABLE, 1, 0x00);
        assertThat(ports.read(ENABLE + 1, 1)).isEqualTo(1);
        acpi.pressPowerButton();
        assertThat(ports.read(STATUS + 1, 1)).isEqualTo(1);
        ports.write(STATUS + 1, 1, 1);
        assertThat(sci).containsExactly(true, false);
    }

    @Test
    void keepsOnlyTheEnableBitsOfEventsThatHappen() {
        ports.write(ENABLE, 2, 0xffff);
        assertThat(ports.read(ENABLE, 2)).isEqualTo(0x520);
    }

    @Test
    void clearsAndEnablesInOneWideWrite() {
        acpi.pressPowerButton();
        ports.write(STATUS, 4, 0x0100_0100L);
        assertThat(ports.read(STATUS, 4)).isEqualTo(0x0100_0000L);
        assertThat(sci).isEmpty();
    }

    @Test
    void switchesOffForSoftOff() {
        ports.write(CONTROL, 2, 5 << 10);
        assertThat(events.seen).as("a type without SLP_EN does nothing").isEmpty();
        ports.write(CONTROL, 2, 5 << 10 | 1 << 13);
        assertThat(events.seen).containsExactly("powerOff");
        assertThat(ports.read(CONTROL, 2)).as("SLP_EN reads 0").isEqualTo(5 << 10 | 1);
    }

    @Test
    void switchesOffWhenTheHighByteIsWrittenAlone() {
        ports.write(CONTROL, 1, 0);
        ports.write(CONTROL + 1, 1, (5 << 10 | 1 << 13) >> 8);
        assertThat(events.seen).containsExactly("powerOff");
    }

    @Test
    void ignoresSleepStatesThatItDoesNotHave() {
        for (int type = 0; type < 5; type++) {
            ports.write(CONTROL, 2, type << 10 | 1 << 13);
        }
        assertThat(events.seen).isEmpty();
    }

    @Test
    void countsTimerTicksAndWrapsAt32Bits() {
        assertThat(ports.read(TIMER, 4)).isZero();
        nanoseconds += 1_000_000_000L;
        assertThat(ports.read(TIMER, 4)).isEqualTo(3_579_545);
        nanoseconds += 1_000_000L;
        assertThat(ports.read(TIMER, 4)).isEqualTo(3_583_124);
        nanoseconds += 1_300_000_000_000L;
        assertThat(ports.read(TIMER, 4)).isEqualTo(3_583_124 + 1300 * 3_579_545L & 0xffff_ffffL);
        nanoseconds += 400L * 24 * 3600 * 1_000_000_000L;
        assertThat(ports.read(TIMER, 4)).isEqualTo(3_583_124 + (1300 + 400L * 24 * 3600) * 3_579_545L & 0xffff_ffffL);
    }

    @Test
    void ignoresWritesToTheTimer() {
        nanoseconds += 1_000_000_000L;
        ports.write(TIMER, 4, 0);
        assertThat(ports.read(TIMER, 4)).isEqualTo(3_579_545);
        assertThat(ports.read(TIMER + 1, 1)).isEqualTo(3_579_545 >> 8 & 0xff);
    }
}
