package crosvm.vmm.linux.abi;

/**
 * {@code struct boot_params} (asm/bootparam.h), the "zero page", as far as a loader fills it in; the kernel's
 * Documentation/arch/x86/boot.rst and zero-page.rst say what each member means. The struct is packed, so every member
 * has a fixed place. Its {@code hdr} lies at the same offset (0x1f1) in a bzImage file.
 */
public final class X86BootParams {
    private static final Struct.Builder S = Struct.named("boot_params");
    public static final Field ACPI_RSDP_ADDR = S.at("acpi_rsdp_addr", 0x070, 8, 1);
    public static final Field EXT_RAMDISK_IMAGE = S.at("ext_ramdisk_image", 0x0c0, 4, 1);
    public static final Field EXT_RAMDISK_SIZE = S.at("ext_ramdisk_size", 0x0c4, 4, 1);
    public static final Field EXT_CMD_LINE_PTR = S.at("ext_cmd_line_ptr", 0x0c8, 4, 1);
    public static final Field E820_ENTRIES = S.at("e820_entries", 0x1e8, 1, 1);
    public static final Field SETUP_SECTS = S.at("hdr.setup_sects", 0x1f1, 1, 1);
    public static final Field SYSSIZE = S.at("hdr.syssize", 0x1f4, 4, 1);
    public static final Field BOOT_FLAG = S.at("hdr.boot_flag", 0x1fe, 2, 1);
    public static final Field JUMP = S.at("hdr.jump", 0x200, 2, 1);
    public static final Field HEADER = S.at("hdr.header", 0x202, 4, 1);
    public static final Field VERSION = S.at("hdr.version", 0x206, 2, 1);
    public static final Field TYPE_OF_LOADER = S.at("hdr.type_of_loader", 0x210, 1, 1);
    public static final Field LOADFLAGS = S.at("hdr.loadflags", 0x211, 1, 1);
    public static final Field CODE32_START = S.at("hdr.code32_start", 0x214, 4, 1);
    public static final Field RAMDISK_IMAGE = S.at("hdr.ramdisk_image", 0x218, 4, 1);
    public static final Field RAMDISK_SIZE = S.at("hdr.ramdisk_size", 0x21c, 4, 1);
    public static final Field HEAP_END_PTR = S.at("hdr.heap_end_ptr", 0x224, 2, 1);
    public static final Field CMD_LINE_PTR = S.at("hdr.cmd_line_ptr", 0x228, 4, 1);
    public static final Field INITRD_ADDR_MAX = S.at("hdr.initrd_addr_max", 0x22c, 4, 1);
    public static final Field KERNEL_ALIGNMENT = S.at("hdr.kernel_alignment", 0x230, 4, 1);
    public static final Field RELOCATABLE_KERNEL = S.at("hdr.relocatable_kernel", 0x234, 1, 1);
    public static final Field XLOADFLAGS = S.at("hdr.xloadflags", 0x236, 2, 1);
    public static final Field CMDLINE_SIZE = S.at("hdr.cmdline_size", 0x238, 4, 1);
    public static final Field SETUP_DATA = S.at("hdr.setup_data", 0x250, 8, 1);
    public static final Field PREF_ADDRESS = S.at("hdr.pref_address", 0x258, 8, 1);
    public static final Field INIT_SIZE = S.at("hdr.init_size", 0x260, 4, 1);
    /** {@value #E820_MAX} packed entries of {@value #E820_ENTRY_SIZE} bytes: address, size, type. */
    public static final Field E820_TABLE = S.at("e820_table", 0x2d0, 1, 128 * 20);

    /** The end of what the kernel's C struct holds, 4096 bytes. */
    public static final Field PAD9 = S.at("_pad9", 0xeec, 1, 0x114);

    public static final Struct LAYOUT = S.build();

    public static final int E820_MAX = 128;
    public static final int E820_ENTRY_SIZE = 20;
    public static final int E820_RAM = 1;
    public static final int E820_RESERVED = 2;

    /** Where {@code hdr} starts, and where it must end: the next member, edd_mbr_sig_buffer. */
    public static final int HDR_START = 0x1f1;

    public static final int HDR_LIMIT = 0x290;

    private X86BootParams() {}
}
