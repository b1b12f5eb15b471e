package crosvm.vmm.boot;

import crosvm.vmm.VmmException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.GuestRegion;
import crosvm.vmm.memory.MemoryLayout;
import java.nio.file.Path;

/**
 * An initial ram disk in guest memory: page aligned, as high below 4 GiB as the kernel takes it, where it is in nobody's
 * way while the kernel unpacks itself.
 *
 * @param start guest-physical address of the first byte
 * @param size bytes
 */
public record Initrd(long start, long size) {
    /** @throws VmmException when the file cannot be read, is empty, or does not fit above the kernel */
    public static Initrd load(Path path, GuestMemory memory, LoadedKernel kernel) {
        try (BootFile file = BootFile.open("initrd", path)) {
            if (file.size() == 0) {
                throw file.refused("is empty; leave kernel.initrd out if the kernel needs none");
            }
            long lowMemoryEnd = lowMemoryEnd(memory);
            long top = Math.min(lowMemoryEnd, kernel.initrdAddrMax() + 1);
            long bottom = (kernel.end() + MemoryLayout.PAGE - 1) & -MemoryLayout.PAGE;
            long start = (top - file.size()) & -MemoryLayout.PAGE;
            if (start < bottom) {
                long missing = bottom - start;
                throw file.refused("has " + file.size() + " bytes and does not fit: between the kernel's end 0x"
                        + Long.toHexString(bottom) + " and 0x" + Long.toHexString(top) + " there are "
                        + Math.max(0, top - bottom) + " bytes"
                        + (top == lowMemoryEnd
                                ? "; set memory to at least " + mebibytes(memory.size() + missing) + "MiB"
                                : ", and this kernel takes an initrd only up to there"));
            }
            file.copyTo(memory, start, 0, file.size());
            return new Initrd(start, file.size());
        }
    }

    private static long lowMemoryEnd(GuestMemory memory) {
        for (GuestRegion region : memory.regions()) {
            if (region.guestAddress() == 0) {
                return region.size();
            }
        }
        return 0;
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >>> 20;
    }
}
