package crosvm.vmm.boot;

import static crosvm.vmm.linux.abi.X86BootParams.*;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.BootState.Segment;
import crosvm.vmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a kernel finds when it is entered by the 64-bit boot protocol (Documentation/arch/x86/boot.rst): boot
 * params, command line, descriptor table, page tables. Stateless.
 */
public final class BootParams {
    private static final int LOADER_UNREGISTERED = 0xff;
    private static final int LOADED_HIGH = 1;
    private static final int HDRS = 0x5372_6448;
    private static final int PROTOCOL_2_15 = 0x20f;
    private static final int BOOT_SIGNATURE = 0xaa55;
    private static final int KERNEL_ALIGNMENT_2_MIB = 2 << 20;

    private static final long CR0_PE_MP_ET_NE_WP_PG = 0x8001_0033L;
    private static final long CR4_PAE = 1 << 5;
    private static final long EFER_LME_LMA = 1 << 8 | 1 << 10;
    private static final long RFLAGS_ALWAYS_ONE = 2;

    // Linux wants these selectors: __BOOT_CS 0x10 and __BOOT_DS 0x18.
    private static final Segment CODE = new Segment(0x10, 0, 0xffff_ffffL, 11, 1, 0, 1, 1, 0, 1);
    private static final Segment DATA = new Segment(0x18, 0, 0xffff_ffffL, 3, 1, 0, 1, 0, 1, 1);
    private static final Segment TASK = new Segment(0x20, 0, 0x67, 11, 0, 0, 1, 0, 0, 0);
    /** Two unused slots, code, data, and two for the task descriptor, which is 16 bytes in 64-bit mode. */
    private static final int GDT_ENTRIES = 6;

    private BootParams() {}

    /**
     * @param memory with the kernel in it, at least 1 MiB
     * @param rsdp guest-physical address of ACPI's root pointer
     * @return how the boot vCPU starts
     * @throws VmmException when the command line is longer than the kernel takes
     */
    public static BootState write(
            GuestMemory memory, LoadedKernel kernel, @Nullable Initrd initrd, KernelCmdline cmdline, long rsdp) {
        if (!memory.contains(0, BootLayout.KERNEL_MIN)) {
            throw new VmmException("the machine has less than 1 MiB of memory, too little for any kernel");
        }
        byte[] line = cmdline.bytes(Math.min(kernel.cmdlineSize(), BootLayout.CMDLINE_AREA - 1));
        memory.write(BootLayout.CMDLINE, line, 0, line.length);
        byte[] page = page(memory.size(), kernel, initrd, rsdp);
        memory.write(BootLayout.BOOT_PARAMS, page, 0, page.length);
        writeGdt(memory);
        return new BootState(
                kernel.entry(),
                BootLayout.BOOT_PARAMS,
                BootLayout.STACK_TOP,
                RFLAGS_ALWAYS_ONE,
                CR0_PE_MP_ET_NE_WP_PG,
                PageTables.write(memory, BootLayout.PAGE_TABLES),
                CR4_PAE,
                EFER_LME_LMA,
                BootLayout.GDT,
                GDT_ENTRIES * 8 - 1,
                CODE,
                DATA,
                TASK);
    }

    private static byte[] page(long memoryBytes, LoadedKernel kernel, @Nullable Initrd initrd, long rsdp) {
        byte[] bytes = new byte[LAYOUT.size()];
        ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = kernel.setupHeader();
        if (header.length > 0) {
            page.put(HDR_START, header); // With init_size, which the unpacking kernel reads here again.
        } else {
            BOOT_FLAG.set(page, BOOT_SIGNATURE);
            HEADER.set(page, HDRS);
            VERSION.set(page, PROTOCOL_2_15);
            KERNEL_ALIGNMENT.set(page, KERNEL_ALIGNMENT_2_MIB);
            CMDLINE_SIZE.set(page, kernel.cmdlineSize());
        }
        TYPE_OF_LOADER.set(page, LOADER_UNREGISTERED);
        LOADFLAGS.set(page, LOADFLAGS.get(page) | LOADED_HIGH);
        SETUP_DATA.set(page, 0);
        CMD_LINE_PTR.set(page, BootLayout.CMDLINE);
        EXT_CMD_LINE_PTR.set(page, BootLayout.CMDLINE >>> 32);
        ACPI_RSDP_ADDR.set(page, rsdp);
        long initrdStart = initrd == null ? 0 : initrd.start();
        long initrdSize = initrd == null ? 0 : initrd.size();
        RAMDISK_IMAGE.set(page, initrdStart);
        EXT_RAMDISK_IMAGE.set(page, initrdStart >>> 32);
        RAMDISK_SIZE.set(page, initrdSize);
        EXT_RAMDISK_SIZE.set(page, initrdSize >>> 32);
        List<E820> map = E820.map(memoryBytes);
        E820_ENTRIES.set(page, map.size());
        for (int i = 0; i < map.size(); i++) {
            int at = E820_TABLE.offset() + i * E820_ENTRY_SIZE;
            page.putLong(at, map.get(i).address());
            page.putLong(at + 8, map.get(i).size());
            page.putInt(at + 16, map.get(i).type());
        }
        return bytes;
    }

    private static void writeGdt(GuestMemory memory) {
        for (Segment segment : List.of(CODE, DATA, TASK)) {
            memory.putU64(BootLayout.GDT + segment.selector(), segment.descriptor());
        }
    }
}
