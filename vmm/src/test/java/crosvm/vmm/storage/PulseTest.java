package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PulseTest {
    private final BlockingQueue<String> hung = new LinkedBlockingQueue<>();

    @Test
    void asksUntilItIsNotAnsweredAndTellsThatOnce() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        List<Thread> threads = new CopyOnWriteArrayList<>();
        Runnable question = () -> {
            threads.add(Thread.currentThread());
            if (asked.incrementAndGet() == 3) {
                throw new QmpException("it has not answered for 20 s");
            }
        };
        try (Pulse pulse = new Pulse(1, question, hung::add)) {
            pulse.start("pulse-test");
            assertThat(hung.poll(100, TimeUnit.SECONDS)).isEqualTo("it has not answered for 20 s");
            threads.get(0).join();
        }
        assertThat(asked).hasValue(3);
        assertThat(hung).isEmpty();
        assertThat(threads.get(0).getName()).isEqualTo("pulse-test");
        assertThat(threads.get(0).isDaemon()).isTrue();
    }

    @Test
    void asksAndTellsNothingAnyMoreOnceClosed() throws InterruptedException {
        CountDownLatch asking = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        List<Thread> threads = new CopyOnWriteArrayList<>();
        Runnable question = () -> {
            threads.add(Thread.currentThread());
            asking.countDown();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new QmpException("it has ended"); // As one does that is asked to quit.
        };
        try (Pulse pulse = new Pulse(1, question, hung::add)) {
            pulse.start("pulse-test");
            asking.await();
        }
        closed.countDown();
        threads.get(0).join();
        assertThat(threads).hasSize(1);
        assertThat(hung).isEmpty();
    }
}
