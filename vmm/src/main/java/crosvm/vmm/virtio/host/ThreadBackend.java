package crosvm.vmm.virtio.host;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.metrics.DeviceCounters;
import crosvm.vmm.virtio.DeviceHost;
import crosvm.vmm.virtio.DeviceType;
import crosvm.vmm.virtio.Feature;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.VirtioDevice;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.Vring;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link VirtioDevice} on threads of this process: its workers start with the first queue that is started and end
 * with {@link #close()}. Calls come from the transport, one at a time.
 */
public final class ThreadBackend implements VirtioBackend {
    private static final long RING_FEATURES = Feature.INDIRECT_DESC | Feature.EVENT_IDX | Feature.VERSION_1;

    private final VirtioDevice device;
    private final Map<Integer, QueueWorker> workers = new HashMap<>();
    private final @Nullable HostedQueue[] queues;
    private @Nullable DeviceHost host;
    private @Nullable GuestMemory memory;
    private @Nullable DeviceCounters counters;
    private long accepted;

    public ThreadBackend(VirtioDevice device) {
        this.device = device;
        this.queues = new HostedQueue[device.queueCount()];
    }

    /**
     * Before the first queue starts: what the device does is counted here.
     *
     * @param deviceCounters stay the caller's
     */
    public void countIn(DeviceCounters deviceCounters) {
        counters = deviceCounters;
        device.onFailure(deviceCounters::fail);
        deviceCounters.begin();
    }

    @Override
    public DeviceType type() {
        return device.type();
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public int queueCount() {
        return queues.length;
    }

    @Override
    public int queueSize(int queue) {
        return device.queueSize(queue);
    }

    @Override
    public long features() {
        return device.features() | RING_FEATURES;
    }

    @Override
    public void acceptFeatures(long features) {
        accepted = features;
        device.negotiated(features);
    }

    @Override
    public int configSize() {
        return device.configSize();
    }

    @Override
    public long readConfig(int offset, int size) {
        return device.readConfig(offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, long value) {
        device.writeConfig(offset, size, value);
    }

    @Override
    public void refresh() {
        device.refresh();
    }

    @Override
    public void setMemory(GuestMemory guestMemory) {
        memory = guestMemory;
    }

    @Override
    public void listen(DeviceHost listener) {
        host = listener;
        device.attach(listener);
    }

    private DeviceHost listener() {
        return Objects.requireNonNull(host, "listen() comes first");
    }

    private QueueWorker worker(int queue) {
        return workers.computeIfAbsent(
                device.workerOf(queue),
                number -> new QueueWorker(
                        device.name() + (number == 0 ? "" : " #" + number),
                        e -> listener().needsReset("the worker thread died: " + e)));
    }

    /** The event loop of a queue's worker, for what belongs to the device and not to a queue; it runs until the end. */
    public EventLoop loopOf(int queue) {
        return worker(queue).loop();
    }

    /** Starts all workers now: in a jail, once its door is closed, no thread can be started any more. */
    public void startWorkers() {
        for (int i = 0; i < queues.length; i++) {
            worker(i);
        }
    }

    @Override
    public void startQueue(int queue, Vring ring, EventFd kick, EventFd call) {
        DeviceHost listener = listener();
        QueueWorker worker = worker(queue);
        HostedQueue hosted;
        try {
            hosted = new HostedQueue(
                    device,
                    queue,
                    Objects.requireNonNull(memory, "setMemory() comes first"),
                    ring,
                    accepted,
                    kick,
                    call,
                    worker.loop(),
                    listener);
        } catch (QueueBroken e) {
            listener.needsReset("queue " + queue + ": the guest's driver: " + e.rule());
            return;
        }
        if (counters != null) {
            hosted.countIn(counters.queue(queue));
        }
        queues[queue] = hosted;
        worker.loop().post(hosted::start);
    }

    @Override
    public int stopQueue(int queue) {
        HostedQueue hosted = queues[queue];
        if (hosted == null) {
            return 0;
        }
        queues[queue] = null;
        hosted.requestStop();
        int[] next = new int[1];
        QueueWorker worker = Objects.requireNonNull(workers.get(device.workerOf(queue)));
        worker.loop().call(() -> next[0] = hosted.stop());
        return next[0];
    }

    @Override
    public void reset() {
        for (HostedQueue hosted : queues) {
            if (hosted != null) {
                hosted.requestStop(); // All at once, so that the slowest is waited for and not the sum.
            }
        }
        for (int i = 0; i < queues.length; i++) {
            stopQueue(i);
        }
        accepted = 0;
        device.reset();
    }

    @Override
    public void close() {
        reset();
        workers.values().forEach(QueueWorker::close);
        workers.clear();
        device.close();
    }
}
