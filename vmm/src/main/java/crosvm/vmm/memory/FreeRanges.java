package crosvm.vmm.memory;

import java.util.Map;
import java.util.TreeMap;

/** What is free of a range of addresses: first fit, and neighbours grow together again. Not thread-safe. */
public final class FreeRanges {
    private final TreeMap<Long, Long> free = new TreeMap<>();

    /** All of {@code size} bytes from {@code start} are free. */
    public FreeRanges(long start, long size) {
        if (size > 0) {
            free.put(start, size);
        }
    }

    /**
     * Takes the lowest place that is large enough.
     *
     * @param size bytes, positive
     * @return its address, or -1 when there is none
     */
    public long take(long size) {
        for (Map.Entry<Long, Long> range : free.entrySet()) {
            if (range.getValue() >= size) {
                return take(range.getKey(), range.getValue(), size);
            }
        }
        return -1;
    }

    private long take(long address, long from, long size) {
        free.remove(address);
        if (from > size) {
            free.put(address + size, from - size);
        }
        return address;
    }

    /** Gives back what {@link #take} gave, whole. */
    public void give(long address, long size) {
        long start = address;
        long bytes = size;
        Map.Entry<Long, Long> before = free.floorEntry(address);
        if (before != null && before.getKey() + before.getValue() == address) {
            start = before.getKey();
            bytes += before.getValue();
        }
        Long after = free.remove(address + size);
        free.put(start, after == null ? bytes : bytes + after);
    }

    /** Bytes free in all. */
    public long bytes() {
        return free.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Into how many pieces they are cut. */
    public int pieces() {
        return free.size();
    }
}
