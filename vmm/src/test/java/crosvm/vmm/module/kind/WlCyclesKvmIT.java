package crosvm.vmm.module.kind;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.device.wl.WlDriver;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.module.Companion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Buffers come and go, and nothing of them stays: ten thousand times with memslots that are only noted down, and some with
 * KVM's own ({@code -Dcrosvm.wl.cycles=10000} for more).
 */
@Timeout(600)
class WlCyclesKvmIT {
    private static final int CYCLES = 10_000;
    private static final int REAL_CYCLES = Integer.getInteger("crosvm.wl.cycles", 500);
    private static final long START = 4L << 30;
    private static final long SIZE = 4L << 30;
    private static final int FIRST_SLOT = 8;

    @TempDir
    private Path folder;

    @Test
    void leavesNothingBehindInARealMachine() throws IOException, InterruptedException {
        try (Kvm kvm = Kvm.open();
                KvmVm vm = kvm.createVm();
                SharedWindow window = new SharedWindow(vm, START, SIZE, FIRST_SLOT)) {
            leavesNothingBehind(window, REAL_CYCLES);
        }
    }

    @Test
    void leavesNothingBehindAfterTenThousandBuffers() throws IOException, InterruptedException {
        Map<Integer, Long> slots = new ConcurrentHashMap<>();
        SharedWindow.Slots noted = (slot, address, size, host, readOnly) -> {
            if (size == 0) {
                slots.remove(slot);
            } else {
                slots.put(slot, address);
            }
        };
        try (SharedWindow window = new SharedWindow(noted, START, SIZE, FIRST_SLOT)) {
            leavesNothingBehind(window, CYCLES);
            assertThat(slots).isEmpty();
        }
    }

    private void leavesNothingBehind(SharedWindow window, int cycles) throws IOException, InterruptedException {
        Path socket = folder.resolve("wayland-0");
        try (FakeCompositor compositor = new FakeCompositor(socket)) {
            WlModule.Parts parts = new WlModule().open(new WaylandSpec(socket, null, 63));
            Companion companion = Objects.requireNonNull(parts.companion());
            companion.start(window);
            try (WlDriver driver = new WlDriver(new WlModule().make(parts), 0)) {
                WlCycles.connect(driver);
                int warm = cycles / 20;
                WlCycles.run(driver, warm);
                Map<Integer, String> descriptors = OpenFds.list();
                long mappings = mappings();
                WlCycles.run(driver, cycles);
                assertThat(window.count()).isZero();
                // The compositor closes its last ones a little later.
                assertThat(OpenFds.list()).hasSizeLessThan(descriptors.size() + 20);
                assertThat(mappings()).as("lines of /proc/self/maps").isLessThan(mappings + 20);
                assertThat(compositor.filesSeen).hasValue(cycles + warm);
            }
            companion.close();
        }
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        }
    }
}
