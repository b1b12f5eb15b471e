package crosvm.vmm.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The counters of one virtqueue in shared memory: requests, bytes each way, and how long the device took, in a histogram
 * whose bucket {@code i} counts what took at most 2^i µs. Written by the queue's worker alone, which so needs no atomic
 * addition; read by any thread of any process. Allocates nothing.
 */
public final class QueueCounter {
    /** Bytes of a queue's counters. */
    static final int SIZE = 256;

    /** Up to 2^21 µs, about two seconds; and one for what took longer. */
    static final int BUCKETS = 23;

    private static final int REQUESTS = 0;
    private static final int READ = 8;
    private static final int WRITTEN = 16;
    private static final int NANOSECONDS = 24;
    private static final int HISTOGRAM = 32;
    private static final int MICROSECOND = 1_000;

    private static final VarHandle U64 = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer page;
    private final int base;

    /** @param page direct, so that a long is read and written whole */
    QueueCounter(ByteBuffer page, int base) {
        this.page = page;
        this.base = base;
    }

    /**
     * One request is done.
     *
     * @param nanoseconds from its taking to its end
     * @param read bytes the device was given
     * @param written bytes the device gave
     */
    public void count(long nanoseconds, long read, long written) {
        add(REQUESTS, 1);
        add(READ, read);
        add(WRITTEN, written);
        add(NANOSECONDS, nanoseconds);
        add(HISTOGRAM + 8 * bucket(nanoseconds), 1);
    }

    /** The first bucket whose bound is not exceeded. */
    static int bucket(long nanoseconds) {
        long wholeBefore = (Math.max(1, nanoseconds) - 1) / MICROSECOND;
        int bits = 64 - Long.numberOfLeadingZeros(wholeBefore);
        return Math.min(bits, BUCKETS - 1);
    }

    private void add(int at, long amount) {
        U64.setOpaque(page, base + at, (long) U64.getOpaque(page, base + at) + amount);
    }

    private long get(int at) {
        return (long) U64.getOpaque(page, base + at);
    }

    /** Back to nothing, by the queue's worker or before there is one. */
    void clear() {
        for (int at = 0; at < SIZE; at += 8) {
            U64.setOpaque(page, base + at, 0L);
        }
    }

    QueueStats read(String name) {
        List<Long> buckets = new ArrayList<>(BUCKETS);
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add(get(HISTOGRAM + 8 * i));
        }
        return new QueueStats(name, get(REQUESTS), get(READ), get(WRITTEN), get(NANOSECONDS), buckets);
    }
}
