package crosvm.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusTextTest {
    private static String disk(boolean failed) {
        Map<String, Object> disk =
                Map.of("id", "data", "path", "/data.img", "size", 1L << 30, "readOnly", false, "failed", failed);
        return StatusText.of(Map.of("name", "web", "state", "running", "disks", List.of(disk)));
    }

    @Test
    void showsTheContextIdOfAGuestThatHasOne() {
        assertThat(StatusText.of(Map.of("name", "web", "cid", 70_000L))).containsPattern("vsock +context id 70000\n");
        assertThat(StatusText.of(Map.of("name", "web"))).doesNotContain("vsock");
    }

    @Test
    void showsADiskThatHasLostData() {
        assertThat(disk(false)).contains("1GiB, writable, /data.img").doesNotContain("FAILED");
        assertThat(disk(true)).contains("FAILED (a flush failed, data may be lost), 1GiB, writable, /data.img");
    }
}
