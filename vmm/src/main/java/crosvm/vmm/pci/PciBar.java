package crosvm.vmm.pci;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import org.jspecify.annotations.Nullable;

/**
 * A memory base address register (PCI 3.0 §6.2.5.1) and the window it opens on the MMIO bus: writable address bits tell
 * the guest its size, and where the guest moves it the window follows, as long as memory decoding is on and nobody else
 * is there. Guarded by its {@link PciBus}'s lock.
 */
public final class PciBar {
    /** The address of a BAR that answers nowhere. */
    public static final long NOT_DECODED = -1;

    private static final int TYPE_64_BIT = 4;
    private static final int PREFETCHABLE = 8;
    private static final long FLAGS = 0xf;

    private final PciConfigSpace config;
    private final int offset;
    private final long size;
    private final boolean wide;
    private final String owner;
    private final BusDevice device;
    private long window = NOT_DECODED;

    /** @param size bytes, a power of two from 4096 (so that the guest can map it by itself) */
    PciBar(PciConfigSpace config, int index, long size, boolean wide, String owner, BusDevice device) {
        if (Long.bitCount(size) != 1 || size < 4096) {
            throw new IllegalArgumentException("BAR of " + size + " bytes");
        }
        this.config = config;
        this.offset = PciConfigSpace.BAR_0 + 4 * index;
        this.size = size;
        this.wide = wide;
        this.owner = owner;
        this.device = device;
        config.put(offset, 4, wide ? TYPE_64_BIT | PREFETCHABLE : 0);
        config.allow(offset, wide ? 8 : 4, -size);
    }

    /** Bytes. */
    public long size() {
        return size;
    }

    /** Where the register points, whether decoded or not. */
    public long address() {
        return config.read(offset, wide ? 8 : 4) & ~FLAGS;
    }

    /**
     * Sets the register before the guest runs, as firmware would.
     *
     * @param address a multiple of the size
     */
    public void place(long address) {
        if ((address & (size - 1)) != 0 || !wide && address + size > 1L << 32) {
            throw new IllegalArgumentException(
                    owner + ": a BAR of " + size + " bytes cannot be at 0x" + Long.toHexString(address));
        }
        config.put(offset, wide ? 8 : 4, address | config.read(offset, 4) & FLAGS);
    }

    /** Where the window is open, or {@link #NOT_DECODED}. */
    public long window() {
        return window;
    }

    /** Brings the window to where command and address registers say. Answers whether anything changed. */
    boolean update(@Nullable Bus mmio) {
        long wanted = config.commandHas(PciConfigSpace.COMMAND_MEMORY) ? address() : NOT_DECODED;
        if (wanted == window || mmio == null) {
            return false;
        }
        if (window != NOT_DECODED) {
            mmio.remove(window);
        }
        // Refused: the guest put it over something else, or is asking for the size by writing ones.
        boolean open = wanted != NOT_DECODED && mmio.tryAdd(wanted, size, owner, device);
        boolean changed = window != NOT_DECODED || open;
        window = open ? wanted : NOT_DECODED;
        return changed;
    }
}
