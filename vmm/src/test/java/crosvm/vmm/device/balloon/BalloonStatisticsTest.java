package crosvm.vmm.device.balloon;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.virtio.queue.DriverQueue;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The guest's figures, which its driver gives when it is asked. */
@Timeout(120)
class BalloonStatisticsTest extends BalloonFixture {
    private CompletableFuture<Optional<Map<String, Long>>> ask() {
        CompletableFuture<Optional<Map<String, Long>>> answer = new CompletableFuture<>();
        device.statistics(figures -> answer.complete(Optional.ofNullable(figures)));
        return answer;
    }

    private DriverQueue.Buffer figures(long... tagsAndValues) {
        for (int i = 0; i < tagsAndValues.length; i += 2) {
            memory.putU16(LIST + 5L * i, (int) tagsAndValues[i]);
            memory.putU64(LIST + 5L * i + 2, tagsAndValues[i + 1]);
        }
        return out(LIST, 5 * tagsAndValues.length);
    }

    @Test
    void asksTheDriverForItsFigures() throws Exception {
        host(recording(NEVER), ALL);
        DriverQueue ring = new DriverQueue(memory, 0x3000, 16);
        ring.offer(figures(4, 1));
        start(2, ring);
        for (int round = 0; round < 3; round++) {
            var answer = ask();
            assertThat(ring.awaitUsed())
                    .as("the buffer comes back to be filled")
                    .isZero();
            ring.offer(figures(4, 4096 + round, 5, 1L << 40, 200, 9, 2, 0xffff_ffff_ffff_ffffL));
            kick.signal();
            assertThat(answer.get(60, TimeUnit.SECONDS))
                    .contains(Map.of("freeBytes", 4096L + round, "totalBytes", 1L << 40, "majorFaults", -1L));
        }
    }

    @Test
    void answersEverybodyWhoHasAskedMeanwhile() throws Exception {
        host(recording(NEVER), ALL);
        DriverQueue ring = start(2);
        var first = ask();
        var second = ask();
        ring.offer(figures(4, 1));
        kick.signal();
        assertThat(first.get(60, TimeUnit.SECONDS)).contains(Map.of("freeBytes", 1L));
        assertThat(second.get(60, TimeUnit.SECONDS)).isPresent();
    }

    @Test
    void waitsForADriverOnlySoLong() throws Exception {
        host(recording(20), ALL);
        start(2);
        assertThat(ask().get(60, TimeUnit.SECONDS)).isEmpty();
        assertThat(ask().get(60, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void answersAtOnceWithoutADriverAndWhenItGoes() throws Exception {
        host(recording(NEVER), ALL);
        assertThat(ask().get(60, TimeUnit.SECONDS)).isEmpty();
        start(2);
        var answer = ask();
        backend.reset();
        assertThat(answer.get(60, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void handsBackTheOlderOfTwoBuffersWithFigures() {
        host(recording(NEVER), ALL);
        DriverQueue ring = start(2);
        int older = ring.offer(figures(4, 1));
        ring.offer(figures(4, 2));
        kick.signal();
        assertThat(ring.awaitUsed()).isZero();
        assertThat(ring.usedId(0)).isEqualTo(older);
        backend.stopQueue(2);
        assertThat(ring.usedIndex()).isEqualTo(1);
    }
}
