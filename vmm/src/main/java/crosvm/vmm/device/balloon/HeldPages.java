package crosvm.vmm.device.balloon;

import crosvm.vmm.memory.GuestMemory;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pages in the balloon that are not given back yet: where the host has backed them by a huge page (2 MiB), a hole in half of it
 * makes the kernel split it, and the guest fault in again, page by page, what is left of it, only to give that away a moment
 * later. So pages wait here until theirs are complete, or nothing more comes. Only for drivers that promise to tell before
 * they use a page again (VIRTIO_BALLOON_F_MUST_TELL_HOST, virtio 1.2 §5.5.3). Belongs to the worker's thread.
 */
final class HeldPages {
    private static final int HUGE_SHIFT = 9;
    private static final int HUGE = 1 << HUGE_SHIFT;

    /** Huge pages begun at a time: a guest that begins all of its own must not fill our heap. */
    static final int MAX_HELD = 1024;

    private final PageReturn pages;
    /** By the huge page's number; in the order of their addresses. */
    private final Map<Long, BitSet> held = new TreeMap<>();

    HeldPages(PageReturn pages) {
        this.pages = pages;
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    /** @param numbers page frame numbers, of which the first {@code count} count; what is not guest memory is passed by */
    void add(GuestMemory memory, long[] numbers, int count) {
        for (int i = 0; i < count; i++) {
            if (pages.isOfGuest(memory, numbers[i])) {
                add(memory, numbers[i]);
            }
        }
    }

    private void add(GuestMemory memory, long page) {
        long huge = page >> HUGE_SHIFT;
        BitSet some = held.computeIfAbsent(huge, number -> new BitSet(HUGE));
        some.set((int) (page & HUGE - 1));
        if (some.cardinality() == HUGE) {
            held.remove(huge);
            pages.giveBackRun(memory, huge << HUGE_SHIFT, (huge + 1 << HUGE_SHIFT) - 1);
        } else if (held.size() > MAX_HELD) {
            giveBack(memory);
        }
    }

    /** The guest has them again. */
    void remove(long[] numbers, int count) {
        for (int i = 0; i < count; i++) {
            BitSet some = held.get(numbers[i] >> HUGE_SHIFT);
            if (some != null) {
                some.clear((int) (numbers[i] & HUGE - 1));
                if (some.isEmpty()) {
                    held.remove(numbers[i] >> HUGE_SHIFT);
                }
            }
        }
    }

    /** Nothing more comes soon: gives all back. */
    void giveBack(GuestMemory memory) {
        held.forEach((huge, some) -> {
            long base = huge << HUGE_SHIFT;
            for (int first = some.nextSetBit(0); first >= 0; ) {
                int end = some.nextClearBit(first);
                pages.giveBackRun(memory, base + first, base + end - 1);
                first = some.nextSetBit(end);
            }
        });
        held.clear();
    }

    /** The guest has all of them again, by a reset. */
    void forget() {
        held.clear();
    }
}
