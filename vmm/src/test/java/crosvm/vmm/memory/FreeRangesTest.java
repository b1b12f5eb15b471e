package crosvm.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FreeRangesTest {
    @Test
    void takesTheLowestPlaceThatIsLargeEnough() {
        FreeRanges ranges = new FreeRanges(100, 100);
        assertThat(ranges.take(40)).isEqualTo(100);
        assertThat(ranges.take(20)).isEqualTo(140);
        assertThat(ranges.take(41)).isEqualTo(-1);
        ranges.give(100, 40);
        assertThat(ranges.take(40)).isEqualTo(100);
        assertThat(ranges.take(40)).isEqualTo(160);
        assertThat(ranges.take(1)).isEqualTo(-1);
        assertThat(new FreeRanges(0, 0).take(1)).isEqualTo(-1);
    }

    @Test
    void growsTogetherAgainInWhateverOrderThingsComeBack() {
        Random random = new Random(1);
        FreeRanges ranges = new FreeRanges(1 << 20, 1 << 20);
        for (int round = 0; round < 100; round++) {
            List<long[]> taken = new ArrayList<>();
            boolean[] used = new boolean[1 << 20];
            while (true) {
                int size = 1 + random.nextInt(1 << 16);
                long at = ranges.take(size);
                if (at < 0) {
                    break;
                }
                for (int i = 0; i < size; i++) {
                    assertThat(used[(int) at - (1 << 20) + i]).as("taken twice").isFalse();
                    used[(int) at - (1 << 20) + i] = true;
                }
                taken.add(new long[] {at, size});
            }
            while (!taken.isEmpty()) {
                long[] one = taken.remove(random.nextInt(taken.size()));
                ranges.give(one[0], one[1]);
            }
            assertThat(ranges.pieces()).isEqualTo(1);
            assertThat(ranges.bytes()).isEqualTo(1 << 20);
        }
    }
}
