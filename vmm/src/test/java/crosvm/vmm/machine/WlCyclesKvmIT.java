package crosvm.vmm.machine;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.send;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.WaylandSpec;
import crosvm.vmm.device.wl.WlDriver;
import crosvm.vmm.kvm.Kvm;
import crosvm.vmm.kvm.KvmVm;
import crosvm.vmm.kvm.SharedWindow;
import crosvm.vmm.linux.OpenFds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
 * real ones ({@code -Dcrosvm.wl.cycles=10000} for more), each of which costs milliseconds.
 */
@Timeout(600)
class WlCyclesKvmIT {
    private static final int CYCLES = 10_000;
    private static final int REAL_CYCLES = Integer.getInteger("crosvm.wl.cycles", 500);
    private static final long START = 4L << 30;
    private static final long SIZE = 4L << 30;
    private static final int FIRST_SLOT = 8;
    private static final int RESP_OK = 4096;
    private static final int RESP_VFD_NEW = 4097;
    private static final int VFD_NEW = 256;
    private static final int CONTEXT = 1;
    private static final int MEMORY = 2;
    private static final byte[] DATA = "buffer".getBytes(StandardCharsets.UTF_8);

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
            DeviceParts parts = WaylandService.open(new WaylandSpec(socket, null, 63));
            Companion companion = Objects.requireNonNull(parts.companion());
            companion.start(window);
            try (WlDriver driver = new WlDriver(new WlRecipe().make(parts), 0)) {
                assertThat(driver.command(newContext(CONTEXT)).getInt(0)).isEqualTo(RESP_VFD_NEW);
                driver.post(4, 4096);
                int warm = cycles / 20;
                cycles(driver, warm);
                Map<Integer, String> descriptors = OpenFds.list();
                long mappings = mappings();
                cycles(driver, cycles);
                assertThat(window.count()).isZero();
                assertThat(OpenFds.list()).hasSameSizeAs(descriptors);
                assertThat(mappings()).as("lines of /proc/self/maps").isLessThan(mappings + 20);
                assertThat(compositor.filesSeen).hasValue(cycles + warm);
                assertThat(driver.plain(close(CONTEXT))).isEqualTo(RESP_OK);
            }
            companion.close();
        }
    }

    /** One buffer for the compositor, and one of it for the guest, each time. */
    private static void cycles(WlDriver driver, int count) {
        for (int i = 0; i < count; i++) {
            ByteBuffer made = driver.command(newMemory(MEMORY, 4096 * (1 + i % 16)));
            assertThat(made.getInt(0)).isEqualTo(RESP_VFD_NEW);
            assertThat(driver.plain(send(CONTEXT, DATA, MEMORY))).isEqualTo(RESP_OK);
            ByteBuffer announced = driver.told();
            assertThat(announced.getInt(0)).isEqualTo(VFD_NEW);
            driver.told();
            driver.post(2, 4096);
            assertThat(driver.plain(close(announced.getInt(8)))).isEqualTo(RESP_OK);
            assertThat(driver.plain(close(MEMORY))).isEqualTo(RESP_OK);
        }
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        }
    }
}
