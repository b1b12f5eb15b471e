package crosvm.schema.lint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file costs grows as the file does. Counted in bytes allocated, which no busy machine changes. */
class HostileFilesTest {
    private static final int SMALL = 30_000;
    private static final int LARGE = 240_000;

    static java.util.stream.Stream<String> shapes() {
        return HostileFiles.ofSize(100).keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void costsNoMoreThanItsShareOfALargerFile(String shape) {
        Map<String, String> small = HostileFiles.ofSize(SMALL);
        Map<String, String> large = HostileFiles.ofSize(LARGE);
        HostileFiles.lint(small.get(shape));
        long one = allocatedBy(small.get(shape));
        long other = allocatedBy(large.get(shape));
        assertThat(other)
                .as("bytes for 8 times the file; " + one + " for the small one")
                .isLessThan(2 * (LARGE / SMALL) * (one + (1 << 20)));
    }

    @Test
    void tellsNoMoreThanAPersonReads() {
        HostileFiles.ofSize(LARGE)
                .forEach((shape, text) ->
                        assertThat(HostileFiles.lint(text).problems()).as(shape).hasSizeBetween(1, 1000));
    }

    private static long allocatedBy(String text) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        HostileFiles.lint(text);
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }
}
