package crosvm.vmm.boot.hello;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.boot.LoadedKernel;
import crosvm.vmm.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HelloGuestTest {
    @Test
    void compilesToTheSameImageEveryTime() {
        byte[] image = HelloGuest.image();
        assertThat(image).isEqualTo(HelloGuest.image()).hasSizeBetween(4096, 0x1_0000);
        assertThat(new String(image, StandardCharsets.ISO_8859_1)).contains("Hello from a guest", "virtio ", "\0");
    }

    @Test
    void liesAtItsEntryPointAndKeepsItsStackAndQueuesApart() {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            LoadedKernel kernel = HelloGuest.load(memory);
            assertThat(kernel.protocol()).isEqualTo(LoadedKernel.Protocol.BUILTIN);
            assertThat(kernel.entry()).isEqualTo(kernel.start());
            assertThat(memory.u8(kernel.entry())).isEqualTo(HelloGuest.image()[0] & 0xff);
            assertThat(HelloGuest.VARIABLES).isBetween(kernel.start() + 0x1_0000, kernel.end());
            assertThat(HelloGuest.QUEUES + 32 * 4096).isLessThanOrEqualTo(kernel.end());
        }
    }

    @Test
    void refusesAMachineThatIsTooSmall() {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20)) {
            assertThatThrownBy(() -> HelloGuest.load(memory))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining("2MiB");
        }
    }
}
