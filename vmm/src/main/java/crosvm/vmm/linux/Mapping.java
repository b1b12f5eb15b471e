package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;

/**
 * A range of this process's address space made by mmap(2), unmapped once on close. After close every buffer over it
 * would fault, so the owner closes last; {@link #buffer} refuses from then on.
 */
public final class Mapping implements AutoCloseable {
    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;
    private static final int MADV_HUGEPAGE = 14;
    static final int MADV_DONTDUMP = 16;

    private final long address;
    private final long size;
    private boolean open = true;

    private Mapping(long address, long size) {
        this.address = address;
        this.size = size;
    }

    /**
     * Memory of this process's own, zeroed, of which a page is taken when it is first touched.
     *
     * @throws ErrnoException when there is no address space for it
     */
    public static Mapping anonymous(long size) {
        long at = LibC.mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return new Mapping(ErrnoException.check(at, "mmap of " + size + " bytes"), size);
    }

    /**
     * The file's bytes, shared, readable and writable.
     *
     * @throws ErrnoException naming the file
     */
    public static Mapping shared(Fd file, long offset, long size) {
        long at = LibC.mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), offset);
        return new Mapping(ErrnoException.check(at, file.name() + ": mmap of " + size + " bytes"), size);
    }

    /**
     * The file's first bytes for looking at only. A file sealed against writing can be mapped shared since Linux 6.7; before,
     * a private mapping shows the same, because nobody can change it.
     *
     * @throws ErrnoException naming the file
     */
    public static Mapping readOnly(Fd file, long size) {
        long at = LibC.mmap(0, size, PROT_READ, MAP_SHARED, file.number(), 0);
        if (at < 0 && LibC.errno() == Errno.EPERM.code()) {
            at = LibC.mmap(0, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
        }
        return new Mapping(ErrnoException.check(at, file.name() + ": mmap of " + size + " bytes"), size);
    }

    /**
     * Like {@link #shared}, but at an address that is a multiple of {@code alignment} (a power of two), as nested page
     * tables want guest memory (2 MiB, 800 page faults in a boot instead of 10,000). Left out of core dumps.
     */
    public static Mapping sharedAligned(Fd file, long offset, long size, long alignment) {
        String what = file.name() + ": mmap of " + size + " bytes";
        long reserved = ErrnoException.check(
                LibC.mmap(0, size + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), what);
        long at = (reserved + alignment - 1) & -alignment;
        if (LibC.mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file.number(), offset) < 0) {
            int errno = LibC.errno();
            LibC.munmap(reserved, size + alignment);
            throw new ErrnoException(what, errno);
        }
        if (at > reserved) {
            LibC.munmap(reserved, at - reserved);
        }
        long tail = reserved + alignment - at;
        if (tail > 0) {
            LibC.munmap(at + size, tail);
        }
        LibC.madvise(at, size, MADV_HUGEPAGE); // Advice only: kernels without huge pages for memfds refuse it.
        LibC.madvise(at, size, MADV_DONTDUMP);
        return new Mapping(at, size);
    }

    public long address() {
        return address;
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /** A little-endian view of {@code length} bytes (less than 2 GiB) from {@code offset}. */
    public ByteBuffer buffer(long offset, long length) {
        if (!open || offset < 0 || length < 0 || offset > size - length) {
            throw new IllegalStateException("mapping of " + size + " bytes has no " + length + " bytes at " + offset);
        }
        return LibC.bufferAt(address + offset, length);
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            LibC.munmap(address, size);
        }
    }
}
