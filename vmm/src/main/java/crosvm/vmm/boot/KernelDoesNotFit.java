package crosvm.vmm.boot;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;

/** The messages for a kernel that does not fit into the guest's memory. */
final class KernelDoesNotFit {
    private static final long MIB = 1 << 20;

    private KernelDoesNotFit() {}

    /**
     * Why an address range of a kernel is not memory.
     *
     * @param start where a piece of it wants to be
     * @param end the first address behind that piece
     * @param highest the first address behind all that the kernel needs, not below {@code end}
     */
    static String missing(long start, long end, long highest, GuestMemory memory) {
        if (start < MemoryLayout.HIGH_RAM_START && end > MemoryLayout.PCI_HOLE_START) {
            return "needs memory from 0x" + Long.toHexString(start) + " to 0x" + Long.toHexString(end)
                    + ", but 0x" + Long.toHexString(MemoryLayout.PCI_HOLE_START) + " to 0x"
                    + Long.toHexString(MemoryLayout.HIGH_RAM_START - 1)
                    + " belongs to devices in a machine of any size; link the kernel to lower addresses";
        }
        // RAM goes on above the hole, so an address up there takes that much less memory.
        long hole = MemoryLayout.HIGH_RAM_START - MemoryLayout.PCI_HOLE_START;
        long needed = highest > MemoryLayout.HIGH_RAM_START ? highest - hole : highest;
        return "needs memory up to 0x" + Long.toHexString(highest) + ", and the VM has only " + memory.size() / MIB
                + " MiB; set memory to " + (needed + MIB - 1) / MIB + "MiB or more (Linux itself needs more than that)";
    }
}
