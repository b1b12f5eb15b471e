package crosvm.vmm.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.jna.LibC;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class EventFdTest {
    private static final int F_SETFL = 4;

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

    /** What any process that has the descriptor can do to everybody who has it. */
    private void makeBlocking() {
        assertThat(LibC.fcntl(event.fd().number(), F_SETFL, 2)).isZero();
    }

    /** On a thread of its own: nothing gets one back that waits inside a read. */
    private static void assertDone(Runnable task) throws InterruptedException {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        thread.join(5_000);
        assertThat(thread.isAlive()).as("still waiting").isFalse();
    }

    @Test
    void takesNothingAndDoesNotWaitWhereAnotherProcessHasMadeItBlockingAndTakenTheCount() throws Exception {
        makeBlocking();
        assertDone(() -> assertThat(event.drainShared()).isZero());
        event.signal();
        event.signal();
        assertThat(event.drainShared()).isEqualTo(2);
    }

    @Test
    void doesNotWaitForRoomInACounterThatAnotherProcessHasFilled() throws Exception {
        NativeBuffer full = NativeBuffer.allocate(8);
        full.bytes().putLong(0, -2);
        assertThat(LibC.write(event.fd().number(), full.address(), 8)).isEqualTo(8);
        makeBlocking();
        assertDone(event::signalShared);
        assertThat(event.drainShared()).isEqualTo(-2);
        event.signalShared();
        assertThat(event.drainShared()).isEqualTo(1);
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
