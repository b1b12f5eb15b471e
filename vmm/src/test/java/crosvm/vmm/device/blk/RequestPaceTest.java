package crosvm.vmm.device.blk;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.queue.DriverQueue;
import crosvm.vmm.virtio.queue.QueueBroken;
import crosvm.vmm.virtio.queue.SplitQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When it is worth to look for the next request, by a clock of the test's that goes on by a microsecond a look. */
@Timeout(120)
class RequestPaceTest {
    private static final long MICROSECOND = 1000;
    private static final long MILLISECOND = 1_000_000;

    private final GuestMemory memory = GuestMemory.allocate(1 << 20);
    private final EventFd call = EventFd.create("call");
    private final DriverQueue driver = new DriverQueue(memory, 0x1000, 16);
    private SplitQueue ring;
    private long now = Long.MAX_VALUE - MILLISECOND; // Which overflows in between, as System.nanoTime may.
    private int looks;
    private int offersAtLook = -1;

    private RequestPace pace = on(2);

    private RequestPace on(int processors) {
        return new RequestPace(
                () -> {
                    looks++;
                    if (looks == offersAtLook) {
                        driver.publish(0);
                    }
                    return now += MICROSECOND;
                },
                processors);
    }

    @BeforeEach
    void makesARing() throws QueueBroken {
        ring = new SplitQueue(memory, driver.vring(), true, false, call);
    }

    @AfterEach
    void closes() {
        call.close();
        memory.close();
    }

    /** @return how often the clock was read while nothing came */
    private int goesIdle() {
        looks = 0;
        assertThat(pace.awaitNext(ring)).isFalse();
        return looks;
    }

    private void isWokenAfter(long nanoseconds) {
        now += nanoseconds;
        pace.begins();
    }

    private void provesItself() {
        for (int i = 0; i < 30; i++) {
            goesIdle();
            isWokenAfter(20 * MICROSECOND);
        }
    }

    @Test
    void doesNotLookBeforeItHasBeenWorthIt() {
        assertThat(goesIdle()).isEqualTo(1);
        isWokenAfter(MILLISECOND);
        assertThat(goesIdle()).isEqualTo(1);
    }

    @Test
    void looksForAMomentWhenRequestsHaveKeptComingSoonAndNoMoreOnceItWasInVain() {
        goesIdle();
        isWokenAfter(20 * MICROSECOND);
        goesIdle();
        isWokenAfter(20 * MICROSECOND);
        assertThat(goesIdle()).as("50 looks of a microsecond").isBetween(49, 53);
        isWokenAfter(20 * MICROSECOND);
        assertThat(goesIdle()).isEqualTo(1);
    }

    @Test
    void seesTheRequestThatComesMeanwhile() {
        goesIdle();
        isWokenAfter(20 * MICROSECOND);
        goesIdle();
        isWokenAfter(20 * MICROSECOND);
        looks = 0;
        offersAtLook = 10;
        assertThat(pace.awaitNext(ring)).isTrue();
        assertThat(looks).isEqualTo(10);
    }

    @Test
    void beginsAnewAfterALongPause() {
        goesIdle();
        isWokenAfter(20 * MICROSECOND);
        goesIdle();
        isWokenAfter(MILLISECOND);
        assertThat(goesIdle()).isEqualTo(1);
    }

    @Test
    void looksAgainAfterManyThatCameSoon() {
        provesItself();
        int most = 0;
        for (int i = 0; i < 30; i++) {
            most = Math.max(most, goesIdle());
            isWokenAfter(20 * MICROSECOND);
        }
        assertThat(most).isGreaterThan(40);
    }

    /** @return how often it was looked for the next request, each of which comes soon but too late */
    private int looksInVain(int requests) {
        int count = 0;
        for (int i = 0; i < requests; i++) {
            count += goesIdle() > 1 ? 1 : 0;
            isWokenAfter(20 * MICROSECOND);
        }
        return count;
    }

    private void pays(int times) throws QueueBroken {
        for (int i = 0; i < times; i++) {
            looks = 0;
            offersAtLook = 3;
            assertThat(pace.awaitNext(ring)).isTrue();
            ring.beginBatch();
            assertThat(ring.pop()).isTrue();
        }
        offersAtLook = -1;
    }

    /** A driver whose processor the host has needed for something else. */
    @Test
    void looksAgainSoonWhenItWasInVainOnceAmongManyTimesThatPaid() throws QueueBroken {
        memory.putU32(driver.descriptors + 8, 16);
        memory.putU64(driver.descriptors, 0x8000);
        for (int i = 0; i < 2; i++) {
            goesIdle();
            isWokenAfter(20 * MICROSECOND);
        }
        pays(20);
        for (int i = 0; i < 5; i++) {
            assertThat(goesIdle()).as("in vain").isGreaterThan(40);
            isWokenAfter(MILLISECOND);
            goesIdle();
            isWokenAfter(20 * MICROSECOND);
            goesIdle();
            isWokenAfter(20 * MICROSECOND);
            pays(20);
        }
    }

    @Test
    void looksSeldomWhereItNeverPays() {
        assertThat(looksInVain(1000)).isBetween(20, 40);
    }

    @Test
    void neverLooksWhereTheDriverHasNoProcessorToItself() {
        pace = on(1);
        assertThat(looksInVain(100)).isZero();
    }
}
