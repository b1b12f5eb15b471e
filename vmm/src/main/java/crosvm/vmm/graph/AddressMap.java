package crosvm.vmm.graph;

import crosvm.vmm.graph.AddressRange.Kind;
import crosvm.vmm.memory.MemoryLayout;
import java.util.ArrayList;
import java.util.List;

/** Lays out the guest-physical address space and gives BARs their places in it. */
final class AddressMap {
    /** Address space for what devices share with the guest while it runs; only its used pages cost anything. */
    static final long SHARED_WINDOW_SIZE = 4L << 30;

    private long nextBar = MemoryLayout.PCI_MMIO_START;

    /** A BAR of this size at the next free place, naturally aligned (PCI Local Bus 3.0 §6.2.5.1). */
    Bar place(int index, long size) {
        long address = (nextBar + size - 1) & -size;
        if (address + size > MemoryLayout.PCI_MMIO_START + MemoryLayout.PCI_MMIO_SIZE) {
            throw new PlanException("disks", "the devices need more PCI address space than there is; remove some");
        }
        nextBar = address + size;
        return new Bar(index, address, size);
    }

    static List<AddressRange> ranges(long memoryBytes, boolean sharedWindow) {
        List<AddressRange> ranges = new ArrayList<>();
        for (MemoryLayout.Ram ram : MemoryLayout.ramRegions(memoryBytes)) {
            ranges.add(new AddressRange(Kind.RAM, ram.guestAddress(), ram.size()));
        }
        ranges.add(new AddressRange(Kind.PCI_BARS, MemoryLayout.PCI_MMIO_START, MemoryLayout.PCI_MMIO_SIZE));
        ranges.add(new AddressRange(Kind.PCI_ECAM, MemoryLayout.ECAM_START, MemoryLayout.ECAM_SIZE));
        ranges.add(new AddressRange(Kind.IO_APIC, MemoryLayout.IOAPIC_ADDRESS, MemoryLayout.PAGE));
        ranges.add(new AddressRange(Kind.LOCAL_APIC, MemoryLayout.LAPIC_ADDRESS, MemoryLayout.PAGE));
        ranges.add(new AddressRange(Kind.KVM_PRIVATE, MemoryLayout.IDENTITY_MAP_ADDRESS, 4 * MemoryLayout.PAGE));
        if (sharedWindow) {
            ranges.add(
                    new AddressRange(Kind.SHARED_WINDOW, MemoryLayout.highMmioStart(memoryBytes), SHARED_WINDOW_SIZE));
        }
        // Not Comparator.comparingLong, which Java links anew at each start.
        ranges.sort((one, other) -> Long.compare(one.address(), other.address()));
        return ranges;
    }
}
