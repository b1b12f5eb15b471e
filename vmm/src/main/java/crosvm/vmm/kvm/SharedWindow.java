package crosvm.vmm.kvm;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.memory.FreeRanges;
import crosvm.vmm.memory.MemoryLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * A window above RAM into which files are mapped for the guest while it runs, each as a memslot of its own. This process
 * never touches the pages, and takes only files that nobody can truncate, so that neither we nor a vCPU can meet a page that
 * is gone. Any thread; closed after the vCPUs have stopped.
 */
public final class SharedWindow implements AutoCloseable {
    /** KVM's own limit is 509 on kernels before 5.12, RAM included. */
    static final int MAX_MAPPINGS = 480;

    /** The most a guest can make the host give it this way, in bytes. */
    static final long MAX_BYTES = 1L << 30;

    private final Slots slots;
    private final FreeRanges addresses;
    private final TreeSet<Integer> freeSlots = new TreeSet<>();
    private final Map<Long, Mapped> mapped = new HashMap<>();
    private long bytes;
    private boolean closed;

    /** Where memslots are set: {@link KvmVm#setMemoryRegion(int, long, long, long, boolean)}. */
    @FunctionalInterface
    public interface Slots {
        /** A size of 0 removes the slot. */
        void set(int slot, long guestAddress, long size, long hostAddress, boolean readOnly);
    }

    private record Mapped(int slot, Mapping mapping) {}

    /**
     * @param start guest-physical, a multiple of 4096
     * @param size bytes of address space; nothing is allocated
     * @param firstSlot the first memslot that nobody else uses
     */
    public SharedWindow(KvmVm vm, long start, long size, int firstSlot) {
        this(vm::setMemoryRegion, start, size, firstSlot);
    }

    /** The same with memslots set elsewhere. */
    public SharedWindow(Slots slots, long start, long size, int firstSlot) {
        this.slots = slots;
        this.addresses = new FreeRanges(start, size);
        for (int i = 0; i < MAX_MAPPINGS; i++) {
            freeSlots.add(firstSlot + i);
        }
    }

    /**
     * Shows the guest the first bytes of a file; for writing, too, if the file is open for that and not sealed against it.
     *
     * @param file stays the caller's, who may close it: the mapping keeps the memory
     * @param size bytes, a positive multiple of 4096 that the file has
     * @return the guest-physical address
     * @throws ErrnoException EINVAL for a size or file that cannot be, ENOSPC beyond the quota, or what KVM says
     */
    public synchronized long map(Fd file, long size) {
        requireRoom(size);
        require(file, size);
        long address = addresses.take(size);
        if (address < 0) {
            throw new ErrnoException("shared memory: no address space for " + size, Errno.ENOSPC.code());
        }
        boolean readOnly = file.accessMode() != Fd.O_RDWR || Memfd.isSealedAgainstWriting(file);
        Mapping mapping = null;
        try {
            mapping = readOnly ? Mapping.readOnly(file, size) : Mapping.shared(file, 0, size);
            slots.set(freeSlots.first(), address, size, mapping.address(), readOnly);
        } catch (RuntimeException e) {
            addresses.give(address, size);
            if (mapping != null) {
                mapping.close();
            }
            throw e;
        }
        mapped.put(address, new Mapped(freeSlots.pollFirst(), mapping));
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
        if (freeSlots.isEmpty() || size > MAX_BYTES - bytes) {
            throw new ErrnoException(
                    "shared memory: " + size + " bytes beside " + bytes + " in " + mapped.size() + " pieces",
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
     * Takes a mapping away; the guest sees nothing there any more.
     *
     * @param address what {@link #map} returned
     * @throws ErrnoException EINVAL when nothing starts there
     */
    public synchronized void unmap(long address) {
        Mapped gone = mapped.remove(address);
        if (gone == null) {
            throw new ErrnoException("no shared memory at 0x" + Long.toHexString(address), Errno.EINVAL.code());
        }
        long size = gone.mapping.size();
        slots.set(gone.slot, address, 0, 0, false);
        gone.mapping.close();
        freeSlots.add(gone.slot);
        addresses.give(address, size);
        bytes -= size;
    }

    /** How many files are mapped. */
    public synchronized int count() {
        return mapped.size();
    }

    /** Takes all mappings away. */
    public synchronized void clear() {
        for (long address : mapped.keySet().stream().mapToLong(Long::longValue).toArray()) {
            unmap(address);
        }
    }

    /** Takes all mappings away; there will be no others. */
    @Override
    public synchronized void close() {
        clear();
        closed = true;
    }
}
