package crosvm.vmm.kvm;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.MappingArena;
import crosvm.vmm.memory.FreeRanges;
import org.jspecify.annotations.Nullable;

/**
 * A memslot over an arena: files come and go under it, and the slot stays. When KVM removes a memslot it drops all it knows of
 * the guest's memory, which the guest then faults in again page by page; when a mapping under one is replaced, only that
 * mapping's pages. Nothing is made before the first file. Not thread-safe.
 */
final class ArenaSlot implements AutoCloseable {
    private final SharedWindow.Slots slots;
    private final int slot;
    private final long start;
    private final long size;
    private final boolean readOnly;
    private FreeRanges addresses;
    private @Nullable MappingArena arena;

    /**
     * @param start guest-physical
     * @param size bytes, 0 when there is no room for any file
     * @param readOnly whether the guest may only read
     */
    ArenaSlot(SharedWindow.Slots slots, int slot, long start, long size, boolean readOnly) {
        this.slots = slots;
        this.slot = slot;
        this.start = start;
        this.size = size;
        this.readOnly = readOnly;
        addresses = new FreeRanges(start, size);
    }

    /**
     * @return the guest-physical address of the file's first bytes, or -1 when there is no place for them
     * @throws crosvm.vmm.linux.ErrnoException what the kernel says
     */
    long map(Fd file, long bytes) {
        long address = addresses.take(bytes);
        if (address < 0) {
            return -1;
        }
        try {
            made().map(address - start, file, bytes);
            return address;
        } catch (RuntimeException e) {
            addresses.give(address, bytes);
            throw e;
        }
    }

    private MappingArena made() {
        MappingArena there = arena;
        if (there != null) {
            return there;
        }
        MappingArena made = new MappingArena(size, !readOnly);
        try {
            slots.set(slot, start, size, made.address(), readOnly);
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
        arena = made;
        return made;
    }

    boolean contains(long address) {
        return address >= start && address - start < size;
    }

    /** Takes away what {@link #map} put there. */
    void unmap(long address, long bytes) {
        made().unmap(address - start, bytes);
        addresses.give(address, bytes);
    }

    /** Takes everything away. */
    void clear() {
        if (arena != null) {
            arena.unmap(0, size);
            addresses = new FreeRanges(start, size);
        }
    }

    @Override
    public void close() {
        if (arena != null) {
            slots.set(slot, start, 0, 0, false);
            arena.close();
            arena = null;
        }
    }
}
