package crosvm.vmm.virtio;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayList;
import java.util.List;

/**
 * A device with one of its queues started, handled on the test's own thread: what a host does, without the threads. Watched
 * descriptors and timers are looked at by {@link #serveWatches()}.
 */
public final class QueueBench implements QueueContext, AutoCloseable {
    public final GuestMemory memory;
    public final VirtioDevice device;
    public final DriverQueue driver;
    public final SplitQueue ring;
    public final EventFd call = EventFd.create("call");
    public final List<String> told = new ArrayList<>();
    /** Timers that are running; a test may run one as if its time had come. */
    public final List<Handler> timers = new ArrayList<>();

    private final List<Watched> watched = new ArrayList<>();
    private final int queue;

    private record Watched(Fd fd, int interest, Handler handler) {}

    /** @param ringAt where the ring lies in guest memory */
    public QueueBench(VirtioDevice device, GuestMemory memory, long ringAt, int size, long features)
            throws QueueBroken {
        this(device, 0, memory, ringAt, size, features);
    }

    /** A bench for queue {@code queue}. */
    public QueueBench(VirtioDevice device, int queue, GuestMemory memory, long ringAt, int size, long features)
            throws QueueBroken {
        this.queue = queue;
        this.memory = memory;
        this.device = device;
        this.driver = new DriverQueue(memory, ringAt, size);
        device.attach(new DeviceHost() {
            @Override
            public void configChanged() {
                told.add("configChanged");
            }

            @Override
            public void needsReset(String reason) {
                told.add("needsReset " + reason);
            }
        });
        device.negotiated(features);
        ring = new SplitQueue(memory, driver.vring(), true, false, call);
        device.queueStarted(queue, this);
    }

    /** Handles what is available. */
    public void handle() throws QueueBroken {
        ring.beginBatch();
        device.handleQueue(queue, ring);
        ring.notifyDriver();
    }

    /** Calls the handlers of watched descriptors that are ready now. */
    public void serveWatches() throws QueueBroken {
        for (Watched each : List.copyOf(watched)) {
            PollSet poll = PollSet.readable(each.fd.number());
            poll.watch(0, each.fd.number(), (short) each.interest);
            if (watched.contains(each) && poll.await(0)) {
                ring.beginBatch();
                each.handler.run();
                ring.notifyDriver();
            }
        }
    }

    /** Serves the watches until the device has given back so many chains in all (in 16 bits). */
    public void awaitUsed(int index) throws QueueBroken {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (driver.usedIndex() != (index & 0xffff)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("used index is " + driver.usedIndex() + " after 60 s, not " + index);
            }
            serveWatches();
        }
    }

    public boolean watches(Fd fd) {
        return watched.stream().anyMatch(each -> each.fd == fd);
    }

    /** As the host does before it asks the ring where it stands. */
    public void stop() {
        watched.clear();
        timers.clear();
        device.queueStopped(queue);
    }

    @Override
    public SplitQueue ring() {
        return ring;
    }

    @Override
    public GuestMemory memory() {
        return memory;
    }

    @Override
    public Cancel watch(Fd fd, int interest, Handler handler) {
        Watched each = new Watched(fd, interest, handler);
        watched.add(each);
        return () -> watched.remove(each);
    }

    @Override
    public Cancel after(long milliseconds, Handler handler) {
        timers.add(handler);
        return () -> timers.remove(handler);
    }

    @Override
    public void close() {
        device.close();
        call.close();
    }
}
