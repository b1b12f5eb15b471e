package crosvm.vmm.virtio;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.Vring;

/**
 * A virtio device as a transport drives it, wherever it runs: on a thread of ours, in another process over vhost-user,
 * in the kernel. The transport serialises its calls (its lock); they may wait for the device, but not for ever.
 */
public interface VirtioBackend extends AutoCloseable {
    DeviceType type();

    /** For messages. */
    String name();

    int queueCount();

    /** The largest size queue {@code queue} may have: a power of two. */
    int queueSize(int queue);

    /** All features offered, {@link Feature#VERSION_1} and the ring's among them. */
    long features();

    /** The driver has accepted these of the offered features. Called before queues start. */
    void acceptFeatures(long features);

    /** Bytes of the device's configuration space. */
    int configSize();

    /** @param size 1, 2, 4 or 8; the access lies inside {@link #configSize()} */
    long readConfig(int offset, int size);

    void writeConfig(int offset, int size, long value);

    /** What the device stands on may have changed (an image's size): it looks, and tells the listener of a change. */
    default void refresh() {}

    /** Guest memory, before the first queue starts and again whenever it changes (all queues are stopped then). */
    void setMemory(GuestMemory memory);

    /** Whom to tell about changes and failures; set once, before anything starts. Called back on any thread. */
    void listen(DeviceHost listener);

    /**
     * Starts a queue. A ring that cannot be (misaligned, outside memory) is reported to the listener.
     *
     * @param kick signalled by the driver when it has made buffers available
     * @param call to be signalled when the driver is to look at the used ring
     */
    void startQueue(int queue, Vring ring, EventFd kick, EventFd call);

    /**
     * Behind the descriptor number of a started queue's {@code call} there is another eventfd now. Only a back-end that
     * looks a number up once, as the kernel does, has to do anything about it.
     */
    default void callReplaced(int queue, EventFd call) {}

    /**
     * Stops a queue. When this returns the device touches the ring and its buffers no more and signals {@code call} no
     * more.
     *
     * @return the available ring's index to go on from ({@link Vring#lastAvailable}); 0 when it was not started
     */
    int stopQueue(int queue);

    /** Stops all queues and forgets features and everything else the driver has set. */
    void reset();

    /** The machine is about to end: nothing that this waits for is waited for long from now on. Any thread; does not wait. */
    default void hurry() {}

    /** Stops all queues and frees everything. The transport calls nothing afterwards. */
    @Override
    void close();
}
