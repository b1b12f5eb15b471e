package crosvm.vmm.kvm;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.memory.MemoryLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * A window above RAM into which files are mapped for the guest while it runs, under two memslots: one for files that it may
 * write to, one for those that it may only read. This process never touches the pages, and takes only files that nobody can
 * truncate, so that neither we nor a vCPU can meet a page that is gone. Where no file is the guest finds zeroes. Any thread;
 * closed after the vCPUs have stopped.
 */
public final class SharedWindow implements AutoCloseable {
    /** Each takes a mapping of this process's, of which Linux allows 65,530. */
    static final int MAX_MAPPINGS = 1024;

    /** The most a guest can make the host give it this way, in bytes: also by writing where no file is, as the slot ends there. */
    static final long MAX_BYTES = 1L << 30;

    private final ArenaSlot writable;
    private final ArenaSlot readOnly;
    private final Map<Long, Long> sizes = new HashMap<>();
    private long bytes;
    private boolean closed;

    /** Where memslots are set: {@link KvmVm#setMemoryRegion(int, long, long, long, boolean)}. */
    @FunctionalInterface
    public interface Slots {
        /** A size of 0 removes the slot. */
        void set(int slot, long guestAddress, long size, long hostAddress, boolean readOnly);
    }

    /**
     * @param start guest-physical, a multiple of 4096
     * @param size bytes of address space, of which no more than twice {@link #MAX_BYTES} is used; nothing is allocated
     * @param firstSlot the first memslot that nobody else uses
     */
    public SharedWindow(KvmVm vm, long start, long size, int firstSlot) {
        this(vm::setMemoryRegion, start, size, firstSlot);
    }

    /** The same with memslots set elsewhere. */
    public SharedWindow(Slots slots, long start, long size, int firstSlot) {
        long half = Math.min(size / 2 & -MemoryLayout.PAGE, MAX_BYTES);
        writable = new ArenaSlot(slots, firstSlot, start, half, false);
        readOnly = new ArenaSlot(slots, firstSlot + 1, start + half, half, true);
    }

    /**
     * Shows the guest the first bytes of a file; for writing, too, if the file is open for that and not sealed against it.
     *
     * @param file stays the caller's, who may close it: the mapping keeps the memory
     * @param size bytes, a positive multiple of 4096 that the file has
     * @return the guest-physical address
     * @throws ErrnoException EINVAL for a size or file that cannot be, ENOSPC beyond the quota, or what the kernel says
     */
    public synchronized long map(Fd file, long size) {
        requireRoom(size);
        require(file, size);
        boolean constant = file.accessMode() != Fd.O_RDWR || Memfd.isSealedAgainstWriting(file);
        long address = (constant ? readOnly : writable).map(file, size);
        if (address < 0) {
            throw new ErrnoException("shared memory: no address space for " + size, Errno.ENOSPC.code());
        }
        sizes.put(address, size);
        bytes += size;
        return address;
    }

    /**
     * Looks whether {@link #map} of that size can work, before memory is made for it.
     *
     * @throws ErrnoException likewise
     */
    public synchronized void requireRoom(long size) {
        if (closed) {
            throw new ErrnoException("shared memory: the machine has ended", Errno.ENODEV.code());
        }
        if (size <= 0 || size % MemoryLayout.PAGE != 0) {
            throw new ErrnoException("shared memory of " + size + " bytes", Errno.EINVAL.code());
        }
        if (sizes.size() >= MAX_MAPPINGS || size > MAX_BYTES - bytes) {
            throw new ErrnoException(
                    "shared memory: " + size + " bytes beside " + bytes + " in " + sizes.size() + " pieces",
                    Errno.ENOSPC.code());
        }
    }

    private static void require(Fd file, long size) {
        if (FileType.of(file) != FileType.REGULAR || !Memfd.isSealedAgainstShrinking(file)) {
            throw new ErrnoException("shared memory of a file that can be truncated, or is none", Errno.EINVAL.code());
        }
        long pages = FileType.sizeOf(file) + MemoryLayout.PAGE - 1 & -MemoryLayout.PAGE;
        if (size > pages) {
            throw new ErrnoException("shared memory: " + size + " bytes of a file of " + pages, Errno.EINVAL.code());
        }
    }

    /**
     * Takes a mapping away; the guest sees zeroes there from then on.
     *
     * @param address what {@link #map} returned
     * @throws ErrnoException EINVAL when nothing starts there
     */
    public synchronized void unmap(long address) {
        Long size = sizes.get(address);
        if (size == null) {
            throw new ErrnoException("no shared memory at 0x" + Long.toHexString(address), Errno.EINVAL.code());
        }
        (writable.contains(address) ? writable : readOnly).unmap(address, size);
        sizes.remove(address);
        bytes -= size;
    }

    /** How many files are mapped. */
    public synchronized int count() {
        return sizes.size();
    }

    /** Takes all mappings away. */
    public synchronized void clear() {
        if (!sizes.isEmpty()) {
            writable.clear();
            readOnly.clear();
            sizes.clear();
            bytes = 0;
        }
    }

    /** Takes all mappings and the memslots away; there will be no others. */
    @Override
    public synchronized void close() {
        closed = true;
        sizes.clear();
        bytes = 0;
        writable.close();
        readOnly.close();
    }
}
