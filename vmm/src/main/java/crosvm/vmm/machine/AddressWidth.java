package crosvm.vmm.machine;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.acpi.AcpiMachine;
import crosvm.vmm.kvm.CpuidEntry;
import crosvm.vmm.memory.MemoryLayout;
import java.util.List;

/**
 * How many bits of physical address the host's processors give a guest (CPUID leaf 0x80000008, EAX 7:0). More RAM than
 * the host has is allowed, because pages are taken when touched; more than the processors can address is not.
 */
final class AddressWidth {
    private static final int LEAF = 0x8000_0008;
    /** Processors without the leaf have 36 (Intel SDM vol. 3, 4.1.4). */
    private static final int DEFAULT_BITS = 36;

    private AddressWidth() {}

    /** @throws VmmException when the devices' window above RAM would start past the last address */
    static void require(List<CpuidEntry> cpuid, long memoryBytes) {
        int bits = bits(cpuid);
        long end = MemoryLayout.highMmioStart(memoryBytes);
        if (bits < Long.SIZE - 1 && end > 1L << bits) {
            throw new VmmException("memory: " + (memoryBytes >>> 20) + "MiB is more than this host's processors can"
                    + " address for a guest (" + bits + " bits, " + (1L << bits - 20) + "MiB in all); reduce it");
        }
    }

    /**
     * Bytes of the 64-bit PCI window above {@code memoryBytes} of RAM that the processors can address. What ends past
     * the last address could be given to a BAR that no access ever reaches.
     *
     * @param memoryBytes accepted by {@link #require}
     * @return 0 to {@link AcpiMachine#HIGH_MMIO_SIZE}
     */
    static long highMmioSize(List<CpuidEntry> cpuid, long memoryBytes) {
        int bits = bits(cpuid);
        if (bits >= Long.SIZE - 1) {
            return AcpiMachine.HIGH_MMIO_SIZE;
        }
        long room = (1L << bits) - MemoryLayout.highMmioStart(memoryBytes);
        return Math.max(0, Math.min(AcpiMachine.HIGH_MMIO_SIZE, room));
    }

    private static int bits(List<CpuidEntry> cpuid) {
        for (CpuidEntry entry : cpuid) {
            if (entry.function() == LEAF && (entry.eax() & 0xff) != 0) {
                return entry.eax() & 0xff;
            }
        }
        return DEFAULT_BITS;
    }
}
