package crosvm.vmm.boot;

import crosvm.vmm.memory.GuestMemory;

/** The message for a kernel that does not fit into the guest's memory. */
final class KernelRoom {
    private static final long MIB = 1 << 20;

    private KernelRoom() {}

    /** @param end the first address behind what the kernel needs */
    static String missing(long end, GuestMemory memory) {
        return "needs memory up to 0x" + Long.toHexString(end) + ", and the VM has only " + memory.size() / MIB
                + " MiB; set memory to " + (end + MIB - 1) / MIB + "MiB or more (Linux itself wants more than that)";
    }
}
