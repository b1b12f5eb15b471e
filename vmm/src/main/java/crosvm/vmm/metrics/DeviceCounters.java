package crosvm.vmm.metrics;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one device's queues, in a sealed memfd of their own that the process running the device writes and the
 * VMM reads. Whatever a hostile device writes there are its own numbers and nothing else. Any thread; closed after the
 * device's workers have ended.
 */
public final class DeviceCounters implements AutoCloseable {
    private static final int PAGE = 4096;

    /** In front of the queues'. */
    private static final int HEADER = QueueCounter.SIZE;

    /** In the header: not zero once somebody counts. */
    private static final int BEGUN = 0;

    /** In the header: not zero once the device has failed for good. */
    private static final int FAILED = 8;

    private final Fd fd;
    private final ByteBuffer page;
    private final List<QueueCounter> queues = new ArrayList<>();
    private @Nullable Mapping mapping;

    private DeviceCounters(Fd fd, int count) {
        this.fd = fd;
        int size = size(count);
        Mapping mapped;
        try {
            mapped = Mapping.shared(fd, 0, size);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
        mapping = mapped;
        page = mapped.buffer(0, size);
        for (int i = 0; i < count; i++) {
            queues.add(new QueueCounter(page, HEADER + i * QueueCounter.SIZE));
        }
    }

    private static int size(int queues) {
        return (HEADER + queues * QueueCounter.SIZE + PAGE - 1) / PAGE * PAGE;
    }

    /**
     * Fresh ones, all zero.
     *
     * @param device for messages
     */
    public static DeviceCounters create(String device, int queues) {
        return new DeviceCounters(Memfd.sealed("counters of " + device, size(queues)), queues);
    }

    /**
     * Those of a device that this process was handed, after a rehearsal: in a jail nothing new can be loaded later.
     *
     * @param fd taken over
     */
    public static DeviceCounters of(Fd fd, int queues) {
        DeviceCounters counters = new DeviceCounters(fd, queues);
        for (QueueCounter queue : counters.queues) {
            long begin = System.nanoTime();
            queue.count(System.nanoTime() - begin, 0, 0);
            queue.clear();
        }
        return counters;
    }

    /** For the process that runs the device. */
    public Fd fd() {
        return fd;
    }

    /** Somebody counts here; a device that the kernel or another program runs has no figures. */
    public void begin() {
        page.putLong(BEGUN, 1);
    }

    /** The device has failed for good, such as a disk that has lost data. Any thread, while this is open. */
    public void fail() {
        page.putLong(FAILED, 1);
    }

    /** Whether {@link #fail} was called, in whatever process; false once closed. */
    public synchronized boolean hasFailed() {
        return mapping != null && page.getLong(FAILED) != 0;
    }

    /** For the worker of a queue. */
    public QueueCounter queue(int index) {
        return queues.get(index);
    }

    /**
     * What they are now, one for each name; empty where nobody counts, and once closed.
     *
     * @param names of the queues, in order
     */
    public synchronized List<QueueStats> read(List<String> names) {
        List<QueueStats> stats = new ArrayList<>();
        for (int i = 0; mapping != null && page.getLong(BEGUN) != 0 && i < names.size(); i++) {
            stats.add(queues.get(i).read(names.get(i)));
        }
        return stats;
    }

    @Override
    public synchronized void close() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
            fd.close();
        }
    }
}
