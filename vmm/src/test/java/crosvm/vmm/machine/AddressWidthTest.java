package crosvm.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.acpi.AcpiMachine;
import crosvm.vmm.kvm.CpuidEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressWidthTest {
    private static final long GIB = 1L << 30;

    @Test
    void givesTheWholeWindowWhereProcessorsReachIt() {
        assertThat(AddressWidth.highMmioSize(bits(46), 6 * GIB)).isEqualTo(AcpiMachine.HIGH_MMIO_SIZE);
        assertThat(AddressWidth.highMmioSize(bits(36), 47 * GIB)).isEqualTo(AcpiMachine.HIGH_MMIO_SIZE);
        assertThat(AddressWidth.highMmioSize(bits(64), 6 * GIB)).isEqualTo(AcpiMachine.HIGH_MMIO_SIZE);
    }

    @Test
    void clipsTheWindowAtTheLastAddress() {
        assertThat(AddressWidth.highMmioSize(bits(36), 60 * GIB)).isEqualTo(3 * GIB);
        assertThat(AddressWidth.highMmioSize(bits(36), 63 * GIB)).isZero();
    }

    @Test
    void takesThirtySixBitsWhereProcessorsDoNotTell() {
        assertThat(AddressWidth.highMmioSize(List.of(), 60 * GIB)).isEqualTo(3 * GIB);
    }

    @Test
    void refusesMemoryPastTheLastAddress() {
        assertThatThrownBy(() -> AddressWidth.require(bits(36), 64 * GIB))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("36 bits")
                .hasMessageContaining("reduce it");
    }

    private static List<CpuidEntry> bits(int bits) {
        return List.of(new CpuidEntry(0x8000_0008, 0, 0, bits, 0, 0, 0));
    }
}
