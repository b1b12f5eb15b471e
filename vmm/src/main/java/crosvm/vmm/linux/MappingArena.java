package crosvm.vmm.linux;

import static crosvm.vmm.linux.Mapping.MAP_ANONYMOUS;
import static crosvm.vmm.linux.Mapping.MAP_FIXED;
import static crosvm.vmm.linux.Mapping.MAP_NORESERVE;
import static crosvm.vmm.linux.Mapping.MAP_PRIVATE;
import static crosvm.vmm.linux.Mapping.MAP_SHARED;
import static crosvm.vmm.linux.Mapping.PROT_READ;
import static crosvm.vmm.linux.Mapping.PROT_WRITE;

import crosvm.vmm.linux.jna.LibC;

/**
 * A range of this process's address space into which files are mapped, and taken out again. Where there is none it reads as
 * zeroes and, in a writable arena, keeps what is written there until a file takes the place; so no access ever faults, and
 * the pages written to besides the files are never more than the arena has. Not thread-safe.
 */
public final class MappingArena implements AutoCloseable {
    private final long address;
    private final long size;
    private final boolean writable;
    private boolean open = true;

    /**
     * @param size bytes, a multiple of 4096; nothing is allocated
     * @throws ErrnoException when there is no address space for it
     */
    public MappingArena(long size, boolean writable) {
        this.size = size;
        this.writable = writable;
        address = ErrnoException.check(zeroes(0, size, 0), "mmap of " + size + " bytes");
        LibC.madvise(address, size, Mapping.MADV_DONTDUMP);
    }

    private int access() {
        return writable ? PROT_READ | PROT_WRITE : PROT_READ;
    }

    private long zeroes(long at, long bytes, int fixed) {
        return LibC.mmap(at, bytes, access(), MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
    }

    /**
     * Maps the first bytes of a file, which must not become shorter as long as they are here.
     *
     * @param offset in the arena, a multiple of 4096
     * @param file open for writing, too, in a writable arena
     * @param bytes positive, a multiple of 4096
     * @throws ErrnoException naming the file; then the range holds zeroes
     */
    public void map(long offset, Fd file, long bytes) {
        requireInside(offset, bytes);
        // A file sealed against writing can be mapped shared since Linux 6.7; before, a private mapping shows the same.
        int kind = !writable && Memfd.isConstant(file) ? MAP_PRIVATE : MAP_SHARED;
        if (LibC.mmap(address + offset, bytes, access(), kind | MAP_FIXED, file.number(), 0) < 0) {
            int errno = LibC.errno();
            unmap(offset, bytes); // Kernels may have taken away what was there before they find out.
            throw new ErrnoException(file.name() + ": mmap of " + bytes + " bytes", errno);
        }
        LibC.madvise(address + offset, bytes, Mapping.MADV_DONTDUMP);
    }

    /**
     * Takes what is mapped there away, and what was written there besides.
     *
     * @throws ErrnoException when the kernel has no memory to note it down
     */
    public void unmap(long offset, long bytes) {
        requireInside(offset, bytes);
        ErrnoException.check(zeroes(address + offset, bytes, MAP_FIXED), "mmap of " + bytes + " bytes of zeroes");
        LibC.madvise(address + offset, bytes, Mapping.MADV_DONTDUMP);
    }

    private void requireInside(long offset, long bytes) {
        if (!open || offset < 0 || bytes <= 0 || offset > size - bytes) {
            throw new IllegalStateException("arena of " + size + " bytes has no " + bytes + " bytes at " + offset);
        }
    }

    public long address() {
        return address;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            LibC.munmap(address, size);
        }
    }
}
