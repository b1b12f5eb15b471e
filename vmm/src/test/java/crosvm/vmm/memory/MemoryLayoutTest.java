package crosvm.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.memory.MemoryLayout.Ram;
import org.junit.jupiter.api.Test;

class MemoryLayoutTest {
    private static final long GIB = 1L << 30;

    @Test
    void keepsSmallMemoryInOnePiece() {
        assertThat(MemoryLayout.ramRegions(4096)).containsExactly(new Ram(0, 4096, 0));
        assertThat(MemoryLayout.ramRegions(3 * GIB)).containsExactly(new Ram(0, 3 * GIB, 0));
    }

    @Test
    void goesOnAtFourGiBWithWhatDoesNotFitBelowTheHole() {
        assertThat(MemoryLayout.ramRegions(3 * GIB + 4096))
                .containsExactly(new Ram(0, 3 * GIB, 0), new Ram(4 * GIB, 4096, 3 * GIB));
    }

    @Test
    void startsHighMmioAboveAllRamOnAGiB() {
        assertThat(MemoryLayout.highMmioStart(256 << 20)).isEqualTo(4 * GIB);
        assertThat(MemoryLayout.highMmioStart(3 * GIB)).isEqualTo(4 * GIB);
        assertThat(MemoryLayout.highMmioStart(3 * GIB + 4096)).isEqualTo(5 * GIB);
        assertThat(MemoryLayout.highMmioStart(6 * GIB)).isEqualTo(7 * GIB);
    }

    @Test
    void keepsEverythingInTheHoleApart() {
        long[] marks = {
            MemoryLayout.PCI_MMIO_START,
            MemoryLayout.PCI_MMIO_START + MemoryLayout.PCI_MMIO_SIZE - 1,
            MemoryLayout.ECAM_START,
            MemoryLayout.ECAM_START + MemoryLayout.ECAM_SIZE - 1,
            MemoryLayout.IOAPIC_ADDRESS,
            MemoryLayout.LAPIC_ADDRESS,
            MemoryLayout.IDENTITY_MAP_ADDRESS,
            MemoryLayout.IDENTITY_MAP_ADDRESS + MemoryLayout.PAGE - 1,
            MemoryLayout.TSS_ADDRESS,
            MemoryLayout.TSS_ADDRESS + 3 * MemoryLayout.PAGE - 1,
            MemoryLayout.HIGH_RAM_START
        };
        assertThat(marks).isSorted().doesNotHaveDuplicates();
    }
}
