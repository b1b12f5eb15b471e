package crosvm.vmm.virtio;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayList;
import java.util.List;

/** A device with one of its queues started, handled on the test's own thread: what a host does, without the threads. */
public final class QueueBench implements AutoCloseable {
    public final GuestMemory memory;
    public final VirtioDevice device;
    public final DriverQueue driver;
    public final SplitQueue ring;
    public final EventFd call = EventFd.create("call");
    public final List<String> told = new ArrayList<>();

    /** @param ringAt where the ring lies in guest memory */
    public QueueBench(VirtioDevice device, GuestMemory memory, long ringAt, int size, long features)
            throws QueueBroken {
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
    }

    /** Handles what is available. */
    public void handle() throws QueueBroken {
        ring.beginBatch();
        device.handleQueue(0, ring);
        ring.notifyDriver();
    }

    @Override
    public void close() {
        device.close();
        call.close();
    }
}
