package crosvm.vmm.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventFdTest {
    private final EventFd event = EventFd.create("test");

    @AfterEach
    void close() {
        event.close();
    }

    @Test
    void hasNothingToDrainAtFirst() {
        assertThat(event.drain()).isZero();
        assertThat(event.await(0)).isZero();
    }

    @Test
    void addsSignalsUpUntilDrained() {
        event.signal();
        event.signal();
        event.signal();
        assertThat(event.drain()).isEqualTo(3);
        assertThat(event.drain()).isZero();
        event.signal();
        assertThat(event.await(-1)).isEqualTo(1);
    }

    @Test
    void wakesAWaiter() throws InterruptedException {
        Thread signaller = new Thread(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            event.signal();
        });
        signaller.start();
        assertThat(event.await(-1)).isEqualTo(1);
        signaller.join();
    }

    @Test
    void waitsNoLongerThanTold() {
        long start = System.nanoTime();
        assertThat(event.await(30)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThan(29_000_000L);
    }

    @Test
    void refusesUseAfterClose() {
        event.close();
        assertThatThrownBy(event::signal)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("test");
        assertThatThrownBy(event::drain).isInstanceOf(IllegalStateException.class);
    }
}
