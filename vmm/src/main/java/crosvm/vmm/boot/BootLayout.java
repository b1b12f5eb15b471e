package crosvm.vmm.boot;

/**
 * Where boot data lies below 1 MiB. Nothing here overlaps, and kernels and initrds start at {@link #KERNEL_MIN}, so what
 * is loaded cannot overwrite it.
 */
public final class BootLayout {
    /** The zero page, one page. */
    static final long BOOT_PARAMS = 0x7000;

    static final long GDT = 0x8000;
    /** The boot stack grows down from here; Linux sets its own before it pushes anything. */
    static final long STACK_TOP = 0x9000;
    /** PML4, one page of pointers, four pages of entries. */
    static final long PAGE_TABLES = 0x9000;

    static final long CMDLINE = 0x2_0000;
    static final int CMDLINE_AREA = 0x1_0000;
    /** Where PCs keep the extended BIOS data area; conventional memory ends before it. */
    static final long CONVENTIONAL_END = 0x9_fc00;

    static final long VIDEO_HOLE_START = 0xa_0000;

    /** ACPI's tables, RSDP first: in the range that a kernel searches without being told (ACPI 6.5 §5.2.5.1). */
    public static final long ACPI_START = 0xe_0000;

    /** SMBIOS: the entry point, then the structures, up to 1 MiB; where ACPI's tables end at the latest. */
    public static final long SMBIOS_START = 0xf_0000;

    /** Where usable memory goes on: 1 MiB. */
    public static final long KERNEL_MIN = 0x10_0000;

    private BootLayout() {}
}
