package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Statx;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/**
 * What direct I/O, past the host's page cache (O_DIRECT, open(2)), wants of a transfer.
 *
 * @param memory bytes of which each piece's address must be a multiple, a power of two
 * @param block bytes of which the place in the file and each piece's length must be multiples, a power of two; 0 where the file
 *     has no direct I/O
 */
public record DirectIo(int memory, int block) {
    private static final int O_DIRECT = 0x4000;
    private static final long SYS_STATX = 332;
    private static final int AT_EMPTY_PATH = 0x1000;

    /** Of the blocks that disks have; also the memory page, of which no kernel wants a multiple. */
    private static final int SMALLEST = 512;

    private static final int LARGEST = 4096;

    /**
     * Opens a file again, for direct I/O and as it is open now. It is another open file: locks stay with the first.
     *
     * @throws ErrnoException naming it; EINVAL when its file system has no direct I/O
     */
    public static Fd open(Fd file) {
        byte[] path = NativeBuffer.cString("/proc/self/fd/" + file.number());
        int number = LibC.open(path, file.accessMode() | O_DIRECT | Fd.O_CLOEXEC, 0);
        return Fd.owning(ErrnoException.check(number, file.name() + ": open for direct I/O"), file.name());
    }

    /**
     * Of a file that is open for direct I/O: what the kernel says, since Linux 6.1 for most file systems, or else what it takes
     * when it is tried.
     */
    public static DirectIo of(Fd direct) {
        NativeBuffer answer = NativeBuffer.of(Statx.LAYOUT);
        NativeBuffer noPath = NativeBuffer.allocate(1);
        long result = LibC.syscall(
                SYS_STATX, direct.number(), noPath.address(), AT_EMPTY_PATH, Statx.STATX_DIOALIGN, answer.address(), 0);
        Reference.reachabilityFence(noPath);
        if (result < 0 || (Statx.MASK.get(answer.bytes()) & Statx.STATX_DIOALIGN) == 0) {
            return tried(direct);
        }
        return new DirectIo(
                (int) Statx.DIO_MEM_ALIGN.get(answer.bytes()), (int) Statx.DIO_OFFSET_ALIGN.get(answer.bytes()));
    }

    /** The first that a read gets through with. What is still not taken later is for the page cache. */
    private static DirectIo tried(Fd direct) {
        try (Mapping page = Mapping.anonymous(2L * LARGEST)) {
            for (int size = SMALLEST; size < LARGEST; size *= 2) {
                IoVectors piece = new IoVectors(1);
                piece.add(page.address() + size, size); // A multiple of it and of nothing larger.
                if (piece.readAt(direct, 0) >= 0) {
                    return new DirectIo(size, size);
                }
            }
            return new DirectIo(LARGEST, LARGEST);
        }
    }

    /** Whether all that is left to be transferred is as it must be, so that it needs no copy. */
    public boolean takes(IoVectors vectors, long position) {
        return hasBlocks(vectors, position) && vectors.isAligned(memory, block);
    }

    /** Whether it begins and ends on blocks, whatever its memory is like. */
    public boolean hasBlocks(IoVectors vectors, long position) {
        return ((position | vectors.bytes()) & block - 1) == 0;
    }
}
