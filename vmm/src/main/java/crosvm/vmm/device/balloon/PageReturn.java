package crosvm.vmm.device.balloon;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.virtio.DeviceLog;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives pages that the guest does without back to the host, in runs as long as can be. What the guest names that is not its
 * memory is passed by. Used by the worker's thread, except {@link #bytes()}.
 */
final class PageReturn {
    /** Where the runs go. */
    @FunctionalInterface
    interface Sink {
        /**
         * @param address of guest memory, page-aligned like {@code length}, all in one region
         * @return 0 or a negative errno
         */
        int giveBack(GuestMemory memory, long address, long length);
    }

    private final Sink sink;
    private final DeviceLog log;
    private final AtomicLong bytes = new AtomicLong();

    PageReturn(Sink sink, DeviceLog log) {
        this.sink = sink;
        this.log = log;
    }

    /** Given back so far, in bytes; the guest may have taken some of them again. Any thread. */
    long bytes() {
        return bytes.get();
    }

    /** @param pages page frame numbers of 4 KiB pages in ascending order, of which the first {@code count} count */
    void giveBack(GuestMemory memory, long[] pages, int count) {
        int first = 0;
        for (int i = 1; i <= count; i++) {
            if (i == count || pages[i] > pages[i - 1] + 1) {
                giveBackRun(memory, pages[first], pages[i - 1]);
                first = i;
            }
        }
    }

    /** A run that is not guest memory as a whole is tried page by page, since some of it may be. */
    void giveBackRun(GuestMemory memory, long first, long last) {
        long address = first * MemoryLayout.PAGE;
        long length = (last - first + 1) * MemoryLayout.PAGE;
        if (memory.contains(address, length)) {
            giveBack(memory, address, length);
        } else if (first == last) {
            reportForeign(address);
        } else {
            for (long page = first; page <= last; page++) {
                giveBackRun(memory, page, page);
            }
        }
    }

    /** Whether a page can be given back; tells of it when not. */
    boolean isOfGuest(GuestMemory memory, long page) {
        long address = page * MemoryLayout.PAGE;
        boolean is = memory.contains(address, MemoryLayout.PAGE);
        if (!is) {
            reportForeign(address);
        }
        return is;
    }

    private void reportForeign(long address) {
        log.report(
                "the guest's driver gave the page at 0x" + Long.toHexString(address) + ", which is not in its memory");
    }

    /** Whole pages of a range of guest memory; what sticks out at its ends stays. */
    void giveBackRange(GuestMemory memory, long address, long length) {
        long start = address + MemoryLayout.PAGE - 1 & -MemoryLayout.PAGE;
        long end = address + length & -MemoryLayout.PAGE;
        if (start < end) {
            giveBack(memory, start, end - start);
        }
    }

    private void giveBack(GuestMemory memory, long address, long length) {
        int result = sink.giveBack(memory, address, length);
        if (result < 0) {
            log.report("the host cannot reclaim " + length + " bytes at guest address 0x" + Long.toHexString(address)
                    + ": " + Errno.describe(-result));
        } else {
            bytes.addAndGet(length);
        }
    }
}
