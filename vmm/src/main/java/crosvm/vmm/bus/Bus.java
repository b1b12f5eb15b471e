package crosvm.vmm.bus;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An address space of devices, ports or MMIO. Windows never overlap. Look-ups are lock-free on an immutable snapshot;
 * {@link #add} and {@link #remove} may come from any thread (a guest moves BARs at run time).
 */
public final class Bus {
    private final String name;
    private volatile Window[] windows = new Window[0];

    /** @param name for messages: {@code port} or {@code MMIO} */
    public Bus(String name) {
        this.name = name;
    }

    private record Window(long start, long size, String owner, BusDevice device) {
        boolean overlaps(long otherStart, long otherSize) {
            return start < otherStart + otherSize && otherStart < start + size;
        }
    }

    /**
     * @param start address, 0 or more
     * @param size bytes, 1 or more
     * @param owner what stands there, for messages and listings
     * @throws IllegalArgumentException when the window overlaps another, naming both
     */
    public synchronized void add(long start, long size, String owner, BusDevice device) {
        if (!tryAdd(start, size, owner, device)) {
            throw new IllegalArgumentException(
                    name + " bus: " + describe(start, size, owner) + " overlaps " + overlapping(start, size));
        }
    }

    /** Like {@link #add}, but answers false when it overlaps: what a guest asks for is not our bug. */
    public synchronized boolean tryAdd(long start, long size, String owner, BusDevice device) {
        if (start < 0 || size <= 0 || start > Long.MAX_VALUE - size) {
            return false;
        }
        for (Window window : windows) {
            if (window.overlaps(start, size)) {
                return false;
            }
        }
        List<Window> all = new ArrayList<>(List.of(windows));
        all.add(new Window(start, size, owner, device));
        // Not Comparator.comparingLong, which Java links anew at each start.
        all.sort((one, other) -> Long.compare(one.start(), other.start()));
        windows = all.toArray(Window[]::new);
        return true;
    }

    /** Takes away the window that starts exactly there; nothing happens when there is none. */
    public synchronized void remove(long start) {
        List<Window> all = new ArrayList<>(List.of(windows));
        all.removeIf(w -> w.start == start);
        windows = all.toArray(Window[]::new);
    }

    /** Reads {@code size} bytes; all ones where nobody answers. */
    public long read(long address, int size) {
        Window window = find(address, size);
        return window == null ? allOnes(size) : window.device.read(address - window.start, size) & allOnes(size);
    }

    /** Writes {@code size} bytes; dropped where nobody answers. */
    public void write(long address, int size, long value) {
        Window window = find(address, size);
        if (window != null) {
            window.device.write(address - window.start, size, value & allOnes(size));
        }
    }

    /** Whether some window holds the whole access. */
    public boolean answers(long address, int size) {
        return find(address, size) != null;
    }

    private @Nullable Window find(long address, int size) {
        Window[] sorted = windows;
        int low = 0;
        int high = sorted.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Window window = sorted[middle];
            if (address < window.start) {
                high = middle - 1;
            } else if (address - window.start >= window.size) {
                low = middle + 1;
            } else {
                return address - window.start <= window.size - size ? window : null;
            }
        }
        return null;
    }

    private String overlapping(long start, long size) {
        for (Window window : windows) {
            if (window.overlaps(start, size)) {
                return describe(window.start, window.size, window.owner);
            }
        }
        return "the end of the address space";
    }

    private static String describe(long start, long size, String owner) {
        return owner + " at 0x" + Long.toHexString(start) + "..0x" + Long.toHexString(start + size - 1);
    }

    private static long allOnes(int size) {
        return size == 8 ? -1L : (1L << 8 * size) - 1;
    }
}
