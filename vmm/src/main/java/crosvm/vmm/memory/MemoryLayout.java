package crosvm.vmm.memory;

import java.util.List;

/**
 * The guest-physical address map: who lives where. RAM fills up to 3 GiB, then goes on at 4 GiB; the last GiB below
 * 4 GiB is for devices, as on PCs.
 *
 * <pre>
 * 0x0000_0000  RAM (the first MiB holds ACPI's RSDP at 0xe0000 and boot data)
 * 0xc000_0000  32-bit PCI BARs (512 MiB)
 * 0xe000_0000  PCI ECAM, bus 0 only (1 MiB)
 * 0xfec0_0000  I/O APIC (in the kernel)
 * 0xfee0_0000  local APICs (in the kernel)
 * 0xfffb_c000  KVM's identity map page, then its TSS (three pages)
 * 0x1_0000_0000  the rest of RAM
 * above RAM    64-bit PCI window, memory shared with the guest by devices
 * </pre>
 */
public final class MemoryLayout {
    public static final long PAGE = 4096;
    public static final long PCI_HOLE_START = 0xc000_0000L;
    public static final long PCI_MMIO_START = PCI_HOLE_START;
    public static final long PCI_MMIO_SIZE = 0x2000_0000L;
    public static final long ECAM_START = 0xe000_0000L;
    /** One bus: 32 slots of 8 functions of 4 KiB. */
    public static final long ECAM_SIZE = 1 << 20;

    public static final long IOAPIC_ADDRESS = 0xfec0_0000L;
    public static final long LAPIC_ADDRESS = 0xfee0_0000L;
    public static final long IDENTITY_MAP_ADDRESS = 0xfffb_c000L;
    public static final long TSS_ADDRESS = 0xfffb_d000L;
    public static final long HIGH_RAM_START = 0x1_0000_0000L;

    private MemoryLayout() {}

    /** A piece of RAM: where the guest sees it, and where it starts in the memory's backing file. */
    public record Ram(long guestAddress, long size, long offset) {}

    /** @param bytes of RAM in all, positive */
    public static List<Ram> ramRegions(long bytes) {
        if (bytes <= PCI_HOLE_START) {
            return List.of(new Ram(0, bytes, 0));
        }
        return List.of(new Ram(0, PCI_HOLE_START, 0), new Ram(HIGH_RAM_START, bytes - PCI_HOLE_START, PCI_HOLE_START));
    }

    /** The first GiB-aligned address above RAM and above 4 GiB, where the 64-bit PCI window starts. */
    public static long highMmioStart(long bytes) {
        long end = Math.max(HIGH_RAM_START, HIGH_RAM_START + bytes - PCI_HOLE_START);
        return (end + (1L << 30) - 1) & -(1L << 30);
    }
}
