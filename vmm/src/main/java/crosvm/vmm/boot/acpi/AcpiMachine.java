package crosvm.vmm.boot.acpi;

import crosvm.vmm.memory.MemoryLayout;

/**
 * What of the machine ACPI tells. All else is the same in every machine.
 *
 * @param cpus vCPUs, 1 or more; their APIC ids are 0 to {@code cpus - 1}
 * @param highMmioStart guest-physical address of the 64-bit PCI window, above RAM
 * @param highMmioSize its bytes; 0 leaves the window out
 */
public record AcpiMachine(int cpus, long highMmioStart, long highMmioSize) {
    /** The window that {@link AcpiMachine#of} gives: small enough for processors with 36 address bits and modest RAM. */
    public static final long HIGH_MMIO_SIZE = 16L << 30;

    /** @throws IllegalArgumentException for values that make no machine */
    public AcpiMachine {
        if (cpus < 1 || highMmioStart < 0 || highMmioSize < 0 || highMmioStart > Long.MAX_VALUE - highMmioSize) {
            throw new IllegalArgumentException(
                    cpus + " CPUs, 64-bit window of " + highMmioSize + " at " + highMmioStart);
        }
    }

    /** The machine with {@code memoryBytes} of RAM laid out as {@link MemoryLayout} says. */
    public static AcpiMachine of(int cpus, long memoryBytes) {
        return new AcpiMachine(cpus, MemoryLayout.highMmioStart(memoryBytes), HIGH_MMIO_SIZE);
    }
}
