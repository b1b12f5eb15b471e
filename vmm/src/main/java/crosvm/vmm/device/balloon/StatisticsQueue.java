package crosvm.vmm.device.balloon;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.event.EventLoop;
import crosvm.vmm.virtio.QueueContext;
import crosvm.vmm.virtio.queue.DescriptorChain;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The statistics queue (virtio 1.2 §5.5.6.3): the driver leaves a buffer with us, and when it gets that back it fills it with
 * new figures and leaves it here again. Belongs to the worker's thread, except {@link #ask}.
 */
final class StatisticsQueue implements AutoCloseable {
    private final int answerMilliseconds;
    private final EventFd asked = EventFd.create("balloon statistics");
    private List<Consumer<@Nullable Map<String, Long>>> waiting = new ArrayList<>();
    private boolean running;
    private boolean holding;
    private @Nullable DescriptorChain held;
    private @Nullable DescriptorChain next;
    private QueueContext.@Nullable Cancel deadline;

    /** @param answerMilliseconds how long the driver may take */
    StatisticsQueue(int answerMilliseconds) {
        this.answerMilliseconds = answerMilliseconds;
    }

    /**
     * Any thread.
     *
     * @param sink told once, on any thread; with null when the driver does not answer
     */
    void ask(Consumer<@Nullable Map<String, Long>> sink) {
        synchronized (this) {
            if (running) {
                waiting.add(sink);
                asked.signal();
                return;
            }
        }
        sink.accept(null);
    }

    private void answer(@Nullable Map<String, Long> figures) {
        List<Consumer<@Nullable Map<String, Long>>> sinks;
        synchronized (this) {
            sinks = waiting;
            waiting = new ArrayList<>();
        }
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        sinks.forEach(sink -> sink.accept(figures));
    }

    void started(QueueContext started) {
        holding = false;
        held = started.ring().newChain();
        next = started.ring().newChain();
        started.watch(asked.fd(), EventLoop.READABLE, () -> askDriver(started));
        synchronized (this) {
            running = true;
        }
    }

    private void askDriver(QueueContext driver) {
        asked.drain();
        if (deadline == null) {
            deadline = driver.after(answerMilliseconds, () -> {
                deadline = null;
                answer(null);
            });
        }
        giveBack(driver.ring());
    }

    /** A buffer with figures has come. A driver that gives a second one gets the first back. */
    void handle(SplitQueue ring) throws QueueBroken {
        DescriptorChain came = next;
        while (came != null && ring.pop(came)) {
            giveBack(ring);
            next = held;
            held = came;
            holding = true;
            answer(GuestStatistics.read(came));
            came = next;
        }
    }

    private void giveBack(SplitQueue ring) {
        if (holding && held != null) {
            ring.push(held, 0);
            holding = false;
        }
    }

    void stopped() {
        synchronized (this) {
            running = false;
        }
        holding = false;
        deadline = null; // The queue's timers have ended with it.
        answer(null);
    }

    @Override
    public void close() {
        asked.close();
    }
}
