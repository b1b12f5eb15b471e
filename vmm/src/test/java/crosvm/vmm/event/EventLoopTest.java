package crosvm.vmm.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EventLoopTest {
    private final EventLoop loop = new EventLoop("test");
    private final Thread thread = new Thread(loop::run);
    private final EventFd event = EventFd.create("event");

    @BeforeEach
    void starts() {
        thread.start();
    }

    @AfterEach
    void stops() throws InterruptedException {
        loop.stop();
        thread.join();
        loop.close();
        event.close();
    }

    @Test
    void callsTheHandlerOnItsOwnThreadForEachSignal() throws InterruptedException {
        CountDownLatch twice = new CountDownLatch(2);
        List<Thread> threads = new CopyOnWriteArrayList<>();
        loop.watch(event.fd(), EventLoop.READABLE, events -> {
            assertThat(events).isEqualTo(EventLoop.READABLE);
            event.drain();
            threads.add(Thread.currentThread());
            twice.countDown();
        });
        event.signal();
        while (threads.isEmpty()) {
            Thread.onSpinWait();
        }
        event.signal();
        assertThat(twice.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).containsOnly(thread);
    }

    @Test
    void reportsEachSignalOnceWhenEdgeTriggeredThoughNobodyDrains() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        loop.watch(event.fd(), EventLoop.READABLE | EventLoop.EDGE_TRIGGERED, events -> calls.incrementAndGet());
        for (int i = 1; i <= 100; i++) {
            event.signal();
            int expected = i;
            while (calls.get() < expected) {
                Thread.onSpinWait();
            }
        }
        Thread.sleep(20);
        assertThat(calls).hasValue(100);
        assertThat(event.drain()).isEqualTo(100);
    }

    @Test
    void callsNoMoreOnceAWatchIsClosed() {
        AtomicInteger calls = new AtomicInteger();
        EventLoop.Watch watch = loop.watch(event.fd(), EventLoop.READABLE, events -> calls.incrementAndGet());
        watch.close();
        watch.close();
        event.signal();
        loop.call(() -> {});
        assertThat(calls).hasValue(0);
        loop.watch(event.fd(), EventLoop.READABLE, events -> {
            event.drain();
            calls.incrementAndGet();
        });
        while (calls.get() == 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void leavesOutAHandlerThatAnotherOneOfTheSameBatchHasRemoved() {
        EventFd other = EventFd.create("other");
        AtomicInteger calls = new AtomicInteger();
        EventLoop.Watch[] watches = new EventLoop.Watch[2];
        loop.call(() -> {
            watches[0] = loop.watch(event.fd(), EventLoop.READABLE, events -> {
                calls.incrementAndGet();
                watches[0].close();
                watches[1].close();
            });
            watches[1] = loop.watch(other.fd(), EventLoop.READABLE, events -> {
                calls.incrementAndGet();
                watches[0].close();
                watches[1].close();
            });
            event.signal();
            other.signal();
        });
        loop.call(() -> {});
        loop.call(() -> {});
        assertThat(calls).hasValue(1);
        other.close();
    }

    @Test
    void runsTimersInTheirOrderAndNotTooEarly() throws InterruptedException {
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        long start = System.nanoTime();
        loop.after(60, () -> {
            order.add("late");
            done.countDown();
        });
        loop.after(20, () -> order.add("early"));
        loop.after(40, () -> order.add("never")).close();
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(60_000_000L);
        assertThat(order).containsExactly("early", "late");
    }

    @Test
    void runsPostedTasksInOrderAndCallsWaitForTheirs() {
        List<Integer> order = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            assertThat(loop.post(() -> order.add(number))).isTrue();
        }
        loop.call(() -> loop.call(() -> order.add(100)));
        assertThat(order).hasSize(101).isSorted();
    }

    @Test
    void runsTheRestAtTheEndAndCallsOnTheCallersThreadAfterIt() throws InterruptedException {
        AtomicInteger ran = new AtomicInteger();
        loop.call(() -> {
            loop.stop();
            loop.post(ran::incrementAndGet);
        });
        thread.join();
        assertThat(ran).hasValue(1);
        assertThat(loop.post(ran::incrementAndGet)).isFalse();
        loop.call(ran::incrementAndGet);
        assertThat(ran).hasValue(2);
    }

    @Test
    void runsWhatIsPostedBehindATaskThatFails() throws InterruptedException {
        AtomicInteger ran = new AtomicInteger();
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch posted = new CountDownLatch(1);
        thread.setUncaughtExceptionHandler((failed, e) -> ran.incrementAndGet());
        loop.post(() -> {
            began.countDown();
            awaitQuietly(posted);
        });
        assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
        loop.post(() -> {
            throw new IllegalStateException("the first of a batch");
        });
        Thread caller = new Thread(() -> loop.call(ran::incrementAndGet));
        caller.start();
        while (caller.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        loop.post(ran::incrementAndGet); // Nobody waits for this one, who could run it instead.
        posted.countDown();
        caller.join(10_000);
        assertThat(caller.isAlive()).as("the caller still waits").isFalse();
        thread.join();
        assertThat(ran).as("both tasks and the failure").hasValue(3);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
