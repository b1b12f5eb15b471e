package crosvm.vmm.boot;

import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;

/**
 * Page tables that map the first 4 GiB to themselves with 2 MiB pages (1 GiB pages are not in every CPUID): the kernel,
 * the boot params and the command line are in there, which is what the 64-bit boot protocol wants.
 */
final class PageTables {
    private static final int DIRECTORIES = 4;
    private static final int ENTRIES = 512;
    private static final long LARGE_PAGE = 2 << 20;
    private static final long PRESENT_WRITABLE = 3;
    private static final long PAGE_SIZE_BIT = 1 << 7;

    private PageTables() {}

    /** Six pages from {@code base}; returns what CR3 gets. */
    static long write(GuestMemory memory, long base) {
        long pointers = base + MemoryLayout.PAGE;
        long directories = pointers + MemoryLayout.PAGE;
        memory.putU64(base, pointers | PRESENT_WRITABLE);
        for (int i = 0; i < DIRECTORIES; i++) {
            memory.putU64(pointers + 8L * i, directories + i * MemoryLayout.PAGE | PRESENT_WRITABLE);
        }
        for (int i = 0; i < DIRECTORIES * ENTRIES; i++) {
            memory.putU64(directories + 8L * i, i * LARGE_PAGE | PAGE_SIZE_BIT | PRESENT_WRITABLE);
        }
        return base;
    }
}
