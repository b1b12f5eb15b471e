package crosvm.vmm.device.wl;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.LoggedLines;
import crosvm.vmm.virtio.DeviceLog;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is logged of a guest's requests that cannot be granted. */
class WlLogTest {
    private final LoggedLines said = new LoggedLines(DeviceLog.class.getName());

    @AfterEach
    void stopsListening() {
        said.close();
    }

    private static ByteBuffer newMemory(int id, int size) {
        ByteBuffer command = ByteBuffer.allocate(WlProtocol.NEW_SIZE_PADDED).order(ByteOrder.LITTLE_ENDIAN);
        return command.putInt(0, WlProtocol.VFD_NEW).putInt(8, id).putInt(24, size);
    }

    @Test
    void tellsOfARefusedAllocationInOneLineAndOfManyInNoMore() {
        try (WlBench bench = new WlBench()) {
            int tooLarge = (int) FakeHost.SIZE + 4096;
            for (int i = 0; i < 200; i++) {
                assertThat(bench.plain(newMemory(1, tooLarge))).isEqualTo(WlProtocol.RESP_OUT_OF_MEMORY);
            }
            assertThat(said.lines).containsExactly("wl: map " + tooLarge + ": ENOSPC (no space left on device)");
        }
    }

    @Test
    void tellsOfAGuestThatHasAllTheVfdsThatItMayHave() {
        try (WlBench bench = new WlBench()) {
            for (int i = 0; i < Vfds.MAX_VFDS; i++) {
                bench.command(newMemory(i, 4096));
            }
            assertThat(bench.plain(newMemory(Vfds.MAX_VFDS, 4096))).isEqualTo(WlProtocol.RESP_OUT_OF_MEMORY);
            assertThat(said.lines).containsExactly("wl: the guest has 1024 connections, pipes and buffers already");
        }
    }

    @Test
    void saysNothingOfARequestThatIsWrong() {
        try (WlBench bench = new WlBench()) {
            assertThat(bench.plain(newMemory(1, 0))).isEqualTo(WlProtocol.RESP_INVALID_TYPE);
            assertThat(bench.plain(newMemory(-1, 4096))).isEqualTo(WlProtocol.RESP_INVALID_ID);
            assertThat(said.lines).isEmpty();
        }
    }
}
