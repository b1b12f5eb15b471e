package crosvm.vmm.device.balloon;

import crosvm.vmm.LittleEndian;
import crosvm.vmm.VmmException;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.memory.MemoryLayout;
import crosvm.vmm.virtio.ConfigBytes;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceLog;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * virtio-balloon (virtio 1.2 §5.5). Pages that the guest puts into the balloon, or reports as free, are given back to the
 * host by a hole in the memory's file, which takes them from every process that has it mapped. A page taken out again, or
 * used without asking, is filled with zeros when it is touched; so nothing is to be done to deflate but to let go of what
 * waits. The guest's pages are of 4 KiB; whole huge pages of the host's are waited for ({@link HeldPages}), where the driver
 * lets us.
 */
public final class BalloonDevice implements VirtioDevice {
    static final long F_MUST_TELL_HOST = 1L;
    static final long F_STATS_VQ = 1L << 1;
    static final long F_DEFLATE_ON_OOM = 1L << 2;
    static final long F_PAGE_REPORTING = 1L << 5;

    private static final int INFLATE = 0;
    private static final int DEFLATE = 1;
    private static final int STATISTICS = 2;
    private static final int REPORTING = 3;

    private static final int CONFIG_SIZE = 8;
    private static final int NUM_PAGES = 0;
    private static final int ACTUAL = 4;

    private static final int PFN_BYTES = 4;
    /** Page frame numbers looked at together: four times what Linux puts into one buffer. */
    private static final int BATCH = 1024;

    private static final int ANSWER_MILLISECONDS = 5000;

    /** Without an inflation for so long, what waits for the rest of its huge page is given back as it is. */
    private static final int HOLD_MILLISECONDS = 100;

    private final long memoryBytes;
    private final long features;
    private final PageReturn pages;
    private final HeldPages held;
    private final StatisticsQueue statistics;
    private final ConfigBytes config = new ConfigBytes(CONFIG_SIZE);
    private final byte[] numbers = new byte[BATCH * PFN_BYTES];
    private final long[] batch = new long[BATCH];
    private volatile long accepted;
    private volatile @Nullable DeviceHost host;
    private @Nullable GuestMemory memory;
    private @Nullable QueueContext inflation;
    private QueueContext.@Nullable Cancel holdTimer;

    /**
     * @param memoryBytes of the whole machine
     * @param initialBytes the target at first
     * @param deflateOnOom whether the guest may take pages out when it runs short of memory
     * @param reporting whether the guest is to report free pages
     */
    public BalloonDevice(long memoryBytes, long initialBytes, boolean deflateOnOom, boolean reporting) {
        this(memoryBytes, deflateOnOom, reporting, GuestMemory::discard, ANSWER_MILLISECONDS);
        setTarget(initialBytes);
    }

    BalloonDevice(
            long memoryBytes, boolean deflateOnOom, boolean reporting, PageReturn.Sink sink, int answerMilliseconds) {
        this.memoryBytes = memoryBytes;
        features = F_MUST_TELL_HOST
                | F_STATS_VQ
                | (deflateOnOom ? F_DEFLATE_ON_OOM : 0)
                | (reporting ? F_PAGE_REPORTING : 0);
        pages = new PageReturn(sink, new DeviceLog("balloon"));
        held = new HeldPages(pages);
        statistics = new StatisticsQueue(answerMilliseconds);
    }

    /** How large the balloon is to be, in bytes. Any thread. */
    public long target() {
        return config.get(NUM_PAGES, PFN_BYTES) * MemoryLayout.PAGE;
    }

    /** How large the guest says it is, in bytes. Any thread. */
    public long actual() {
        return Math.min(config.get(ACTUAL, PFN_BYTES) * MemoryLayout.PAGE, memoryBytes);
    }

    /** What has been given back to the host so far, in bytes, of which the guest may have taken some again. Any thread. */
    public long givenBack() {
        return pages.bytes();
    }

    /**
     * Asks the guest to make the balloon this large. It does so when it can. Any thread.
     *
     * @throws VmmException unless a whole number of pages, from none to all of the machine's memory
     */
    public void setTarget(long bytes) {
        if (bytes < 0 || bytes > memoryBytes || bytes % MemoryLayout.PAGE != 0) {
            throw new VmmException("balloon: invalid target of " + bytes + " bytes; it must be a multiple of "
                    + MemoryLayout.PAGE + " bytes, from 0 to the machine's memory of " + memoryBytes);
        }
        if (bytes == target()) {
            return;
        }
        config.put(NUM_PAGES, PFN_BYTES, bytes / MemoryLayout.PAGE);
        DeviceHost told = host;
        if (told != null) {
            told.configChanged();
        }
    }

    /**
     * Asks the guest's driver for its figures. Any thread.
     *
     * @param sink told once, on any thread: the figures by names that say what and in which unit; null when the driver
     *     cannot tell, or does not within {@value #ANSWER_MILLISECONDS} ms
     */
    public void statistics(Consumer<@Nullable Map<String, Long>> sink) {
        statistics.ask(sink);
    }

    @Override
    public DeviceType type() {
        return DeviceType.BALLOON;
    }

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public long features() {
        return features;
    }

    @Override
    public int queueCount() {
        return Feature.has(features, F_PAGE_REPORTING) ? REPORTING + 1 : STATISTICS + 1;
    }

    @Override
    public int configSize() {
        return CONFIG_SIZE;
    }

    @Override
    public long readConfig(int offset, int size) {
        return config.get(offset, size);
    }

    /** {@code actual} is the driver's to write. */
    @Override
    public void writeConfig(int offset, int size, long value) {
        if (offset == ACTUAL && size == PFN_BYTES) {
            config.put(ACTUAL, PFN_BYTES, value);
        }
    }

    @Override
    public void attach(DeviceHost deviceHost) {
        host = deviceHost;
    }

    @Override
    public void negotiated(long acceptedFeatures) {
        accepted = acceptedFeatures;
    }

    /** Queues of features that were not accepted are not there, and those behind them move up, as Linux has it. */
    private int roleOf(int queue) {
        return queue == STATISTICS && !Feature.has(accepted, F_STATS_VQ) ? REPORTING : queue;
    }

    @Override
    public void queueStarted(int queue, QueueContext context) {
        memory = context.memory();
        if (queue == INFLATE) {
            inflation = context;
        } else if (roleOf(queue) == STATISTICS) {
            statistics.started(context);
        }
    }

    @Override
    public void handleQueue(int queue, SplitQueue ring) throws QueueBroken {
        int role = roleOf(queue);
        if (role == STATISTICS) {
            statistics.handle(ring);
            return;
        }
        DescriptorChain chain = ring.chain();
        while (ring.pop()) {
            if (role == REPORTING) {
                giveBackReported(chain);
            } else {
                change(role, chain);
            }
            ring.push(0);
        }
        if (role == INFLATE && !held.isEmpty()) {
            waitForMore();
        }
    }

    private void waitForMore() {
        QueueContext context = inflation;
        if (holdTimer != null) {
            holdTimer.cancel();
        }
        if (context != null) {
            holdTimer = context.after(HOLD_MILLISECONDS, () -> {
                holdTimer = null;
                held.giveBack(context.memory());
            });
        }
    }

    /** Inflates or deflates: the readable bytes are page frame numbers of 32 bits, in any order. */
    private void change(int role, DescriptorChain chain) throws QueueBroken {
        GuestMemory guest = memory;
        long end = chain.readableBytes() / PFN_BYTES * PFN_BYTES;
        for (long at = 0; at < end && guest != null; at += numbers.length) {
            int length = (int) Math.min(numbers.length, end - at);
            chain.read(at, numbers, 0, length);
            int count = length / PFN_BYTES;
            for (int i = 0; i < count; i++) {
                batch[i] = LittleEndian.get(numbers, i * PFN_BYTES, PFN_BYTES);
            }
            if (role == DEFLATE) {
                held.remove(batch, count);
            } else if (Feature.has(accepted, F_MUST_TELL_HOST)) {
                held.add(guest, batch, count);
            } else {
                Arrays.sort(batch, 0, count);
                pages.giveBack(guest, batch, count);
            }
        }
    }

    /** The writable pieces themselves are free pages, until the buffer is given back. */
    private void giveBackReported(DescriptorChain chain) {
        GuestMemory guest = memory;
        for (int i = 0; i < chain.writableCount() && guest != null; i++) {
            pages.giveBackRange(guest, chain.writableGuestAddress(i), chain.writableLength(i));
        }
    }

    @Override
    public void queueStopped(int queue) {
        if (queue == INFLATE) {
            inflation = null;
            holdTimer = null; // The queue's end has ended it.
            held.forget();
        } else if (roleOf(queue) == STATISTICS) {
            statistics.stopped();
        }
    }

    @Override
    public void reset() {
        accepted = 0;
        config.put(ACTUAL, PFN_BYTES, 0);
    }

    @Override
    public void close() {
        statistics.close();
    }
}
