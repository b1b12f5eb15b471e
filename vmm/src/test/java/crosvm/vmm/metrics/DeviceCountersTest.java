package crosvm.vmm.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.OpenFds;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceCountersTest {
    @Test
    void showsTheVmmWhatTheDevicesProcessCounts() throws Exception {
        long before = OpenFds.count();
        try (DeviceCounters vmm = DeviceCounters.create("net", 20);
                DeviceCounters process = DeviceCounters.of(vmm.fd().duplicate(), 20)) {
            assertThat(Memfd.isSealedAgainstShrinking(vmm.fd())).isTrue();
            assertThat(vmm.read(List.of("q0"))).as("nobody counts yet").isEmpty();
            process.begin();
            process.queue(0).count(1_500, 10, 512);
            process.queue(0).count(3_000_000, 10, 0);
            process.queue(19).count(0, 7, 0);
            List<String> names = IntStream.range(0, 20).mapToObj(i -> "q" + i).toList();
            List<QueueStats> read = vmm.read(names);
            QueueStats first = read.get(0);
            assertThat(first.requests()).isEqualTo(2);
            assertThat(first.readBytes()).isEqualTo(20);
            assertThat(first.writtenBytes()).isEqualTo(512);
            assertThat(first.nanoseconds()).isEqualTo(3_001_500);
            assertThat(first.buckets().get(1)).isEqualTo(1);
            assertThat(first.buckets().get(12)).isEqualTo(1);
            assertThat(first.buckets().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(2);
            assertThat(read.get(18).requests()).as("a rehearsal leaves nothing").isZero();
            assertThat(read.get(19).readBytes()).isEqualTo(7);
        }
        OpenFds.awaitAtMost(before);
    }

    @Test
    void hasNoFiguresOnceClosed() {
        DeviceCounters counters = DeviceCounters.create("rng", 1);
        counters.begin();
        counters.queue(0).count(1, 1, 1);
        counters.close();
        counters.close();
        assertThat(counters.read(List.of("requestq"))).isEmpty();
        assertThatThrownBy(() -> counters.fd().number()).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "-5, 0",
        "0, 0",
        "1000, 0",
        "1001, 1",
        "2000, 1",
        "2001, 2",
        "4000, 2",
        "4001, 3",
        "2097152000, 21",
        "2097152001, 22",
        "9223372036854775807, 22"
    })
    void putsADurationIntoTheFirstBucketWhoseBoundItDoesNotExceed(long nanoseconds, int bucket) {
        assertThat(QueueCounter.bucket(nanoseconds)).isEqualTo(bucket);
    }
}
