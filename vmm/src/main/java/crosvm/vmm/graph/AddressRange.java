package crosvm.vmm.graph;

/**
 * A piece of the guest-physical address space.
 *
 * @param kind what it is
 * @param address first byte
 * @param size bytes, positive
 */
public record AddressRange(Kind kind, long address, long size) {
    /** What a piece of the address space is. */
    public enum Kind {
        /** Memory of the guest. */
        RAM,
        /** Where the BARs of PCI functions are. */
        PCI_BARS,
        /** PCI configuration space, memory-mapped (ECAM). */
        PCI_ECAM,
        /** The I/O APIC's registers, in the kernel. */
        IO_APIC,
        /** The local APICs' registers, in the kernel. */
        LOCAL_APIC,
        /** The pages KVM itself needs on Intel hosts: identity map and TSS. */
        KVM_PRIVATE,
        /** Memory which devices share with the guest while it runs, above RAM. */
        SHARED_WINDOW
    }

    /** The first address behind it. */
    public long end() {
        return address + size;
    }
}
