package crosvm.vmm.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class UninterruptiblyTest {
    @Test
    void waitsOnThroughAnInterruptAndKeepsItForLater() {
        CountDownLatch awaited = new CountDownLatch(1);
        int[] begun = new int[1];
        Thread.currentThread().interrupt();
        Uninterruptibly.run(() -> {
            if (++begun[0] == 2) {
                awaited.countDown();
            }
            awaited.await();
        });
        assertThat(begun[0]).as("interrupted at first, then waited to the end").isEqualTo(2);
        assertThat(Thread.interrupted()).isTrue();
    }
}
