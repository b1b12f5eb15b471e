package crosvm.vmm.boot;

import crosvm.vmm.linux.abi.X86BootParams;
import crosvm.vmm.memory.MemoryLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * One entry of the memory map the kernel is told, as firmware's INT 15h AX=E820h would tell it.
 *
 * @param address of the first byte
 * @param size bytes
 * @param type {@link X86BootParams#E820_RAM} or {@link X86BootParams#E820_RESERVED}
 */
record E820(long address, long size, int type) {
    /** The map of a machine with {@code memoryBytes} of RAM, at least 1 MiB, sorted, without overlaps. */
    static List<E820> map(long memoryBytes) {
        List<E820> map = new ArrayList<>();
        map.add(ram(0, BootLayout.CONVENTIONAL_END));
        map.add(reserved(BootLayout.CONVENTIONAL_END, BootLayout.VIDEO_HOLE_START));
        map.add(reserved(BootLayout.ACPI_START, BootLayout.KERNEL_MIN));
        List<E820> high = new ArrayList<>();
        for (MemoryLayout.Ram ram : MemoryLayout.ramRegions(memoryBytes)) {
            long start = Math.max(ram.guestAddress(), BootLayout.KERNEL_MIN);
            long end = ram.guestAddress() + ram.size();
            if (start < end) {
                (ram.guestAddress() == 0 ? map : high).add(ram(start, end));
            }
        }
        // Kernels trust ACPI's ECAM address only if the memory map, or a device in the DSDT, reserves it.
        map.add(reserved(MemoryLayout.ECAM_START, MemoryLayout.ECAM_START + MemoryLayout.ECAM_SIZE));
        map.add(reserved(MemoryLayout.IDENTITY_MAP_ADDRESS, MemoryLayout.IDENTITY_MAP_ADDRESS + 4 * MemoryLayout.PAGE));
        map.addAll(high);
        return map;
    }

    private static E820 ram(long start, long end) {
        return new E820(start, end - start, X86BootParams.E820_RAM);
    }

    private static E820 reserved(long start, long end) {
        return new E820(start, end - start, X86BootParams.E820_RESERVED);
    }
}
