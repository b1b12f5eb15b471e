package crosvm.vmm.module.kind;

import static crosvm.vmm.device.wl.WlDriver.close;
import static crosvm.vmm.device.wl.WlDriver.newContext;
import static crosvm.vmm.device.wl.WlDriver.newMemory;
import static crosvm.vmm.device.wl.WlDriver.send;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.device.wl.WlDriver;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Buffers that a guest makes, sends to a {@link FakeCompositor} and closes. */
final class WlCycles {
    private static final int RESP_OK = 4096;
    private static final int RESP_VFD_NEW = 4097;
    private static final int VFD_NEW = 256;
    private static final int CONTEXT = 1;
    private static final int MEMORY = 2;
    private static final byte[] DATA = "buffer".getBytes(StandardCharsets.UTF_8);

    private WlCycles() {}

    static void connect(WlDriver driver) {
        assertThat(driver.command(newContext(CONTEXT)).getInt(0)).isEqualTo(RESP_VFD_NEW);
        driver.post(4, 4096);
    }

    /** One buffer for the compositor, and one of it for the guest, each time. */
    static void run(WlDriver driver, int count) {
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
}
