package crosvm.vmm.virtio.queue;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who tells whom of what is in a ring: calls to the driver, kicks from it (virtio 1.2 2.7.7, 2.7.10). */
class SplitQueueNotificationTest extends SplitQueueFixture {
    private SplitQueue queueWithEventIdx() throws QueueBroken {
        return new SplitQueue(memory, driver.vring(), true, true, call);
    }

    @Test
    void callsUnlessTheDriverSaysNo() throws QueueBroken {
        SplitQueue queue = queue();
        queue.notifyDriver();
        assertThat(call.drain()).isZero();
        driver.offer(in(DATA, 1));
        queue.pop();
        queue.push(1);
        queue.notifyDriver();
        queue.notifyDriver();
        assertThat(call.drain()).isEqualTo(1);
        driver.setNoInterrupt(true);
        driver.offer(in(DATA, 1));
        queue.pop();
        queue.push(1);
        queue.notifyDriver();
        assertThat(call.drain()).isZero();
    }

    @Test
    void callsWhenTheUsedIndexPassesTheEventIndex() throws QueueBroken {
        SplitQueue queue = queueWithEventIdx();
        use(queue, 1); // The first time it calls in any case: it cannot know what the driver heard before.
        assertThat(call.drain()).isEqualTo(1);
        driver.setUsedEvent(3);
        use(queue, 2);
        assertThat(call.drain()).isZero();
        use(queue, 1);
        assertThat(call.drain()).isEqualTo(1);
        use(queue, 4);
        assertThat(call.drain()).isZero();
    }

    @Test
    void callsAcrossTheWrapOfTheIndex() throws QueueBroken {
        driver.setAvailableIndex(0xfffe);
        memory.putU16(driver.used + 2, 0xfffe);
        SplitQueue queue = new SplitQueue(memory, driver.vring(0xfffe), false, true, call);
        driver.setUsedEvent(0xfffe);
        use(queue, 1);
        assertThat(call.drain()).isEqualTo(1);
        driver.setUsedEvent(0);
        use(queue, 1);
        assertThat(call.drain()).isZero();
        use(queue, 1);
        assertThat(call.drain()).isEqualTo(1);
    }

    private void use(SplitQueue queue, int chains) throws QueueBroken {
        for (int i = 0; i < chains; i++) {
            driver.offer(in(DATA, 1));
            assertThat(queue.pop()).isTrue();
            queue.push(1);
        }
        queue.notifyDriver();
    }

    @Test
    void suppressesKicksByFlagWhileTheQueueIsHandled() throws QueueBroken {
        SplitQueue queue = queue();
        queue.disableKicks();
        assertThat(driver.usedFlags()).isEqualTo(1);
        assertThat(queue.pop()).isFalse();
        driver.offer(in(DATA, 1));
        assertThat(queue.enableKicks()).isTrue();
        assertThat(driver.usedFlags()).isZero();
        queue.disableKicks();
        assertThat(queue.pop()).isTrue();
        assertThat(queue.pop()).isFalse();
        assertThat(queue.enableKicks()).isFalse();
    }

    @Test
    void wantsNoKickWhileTheDeviceWaitsForSomethingElse() throws QueueBroken {
        SplitQueue queue = queue();
        queue.disableKicks();
        assertThat(queue.pop()).isFalse();
        driver.offer(in(DATA, 1));
        queue.wantNoKicks();
        assertThat(queue.enableKicks()).isFalse();
        assertThat(driver.usedFlags()).as("still no kicks").isEqualTo(1);
        queue.disableKicks();
        assertThat(queue.enableKicks()).isFalse();
        assertThat(driver.usedFlags()).as("the next handling decides anew").isZero();
    }

    @Test
    void namesTheIndexAtWhichItWantsTheNextKick() throws QueueBroken {
        SplitQueue queue = queueWithEventIdx();
        use(queue, 3);
        queue.disableKicks();
        assertThat(queue.pop()).isFalse();
        assertThat(queue.enableKicks()).isFalse();
        assertThat(driver.availableEvent()).isEqualTo(3);
        assertThat(driver.usedFlags()).isZero();
    }

    @Test
    void doesNotComeBackForBuffersTheDeviceHasLeftThere() throws QueueBroken {
        SplitQueue queue = queue();
        driver.offer(in(DATA, 1));
        queue.disableKicks();
        assertThat(queue.enableKicks()).isFalse();
    }
}
