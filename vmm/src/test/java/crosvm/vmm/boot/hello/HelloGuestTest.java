package crosvm.vmm.boot.hello;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.BuiltinKernel;
import crosvm.vmm.VmmException;
import crosvm.vmm.boot.LoadedKernel;
import crosvm.vmm.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HelloGuestTest {
    @ParameterizedTest
    @EnumSource
    void compilesToTheSameImageEveryTime(BuiltinKernel guest) {
        byte[] image = HelloGuest.compile(guest);
        assertThat(image).isEqualTo(HelloGuest.compile(guest)).hasSizeBetween(4096, 0x1_0000);
        assertThat(new String(image, StandardCharsets.ISO_8859_1)).contains("Hello from a guest", "virtio ", "\0");
    }

    @ParameterizedTest
    @EnumSource
    void isCompiledByTheBuildAndNotAtEachStart(BuiltinKernel guest) {
        assertThat(HelloGuest.class.getResource("HelloImages.class"))
                .as("the build has made the images")
                .isNotNull();
        assertThat(HelloGuest.image(guest)).isEqualTo(HelloGuest.compile(guest));
    }

    @ParameterizedTest
    @EnumSource
    void liesAtItsEntryPointAndKeepsItsStackAndQueuesApart(BuiltinKernel guest) {
        try (GuestMemory memory = GuestMemory.allocate(2 << 20)) {
            LoadedKernel kernel = HelloGuest.load(guest, memory);
            assertThat(kernel.protocol()).isEqualTo(LoadedKernel.Protocol.BUILTIN);
            assertThat(kernel.entry()).isEqualTo(kernel.start());
            assertThat(memory.u8(kernel.entry())).isEqualTo(HelloGuest.image(guest)[0] & 0xff);
            assertThat(HelloGuest.VARIABLES).isBetween(kernel.start() + 0x1_0000, kernel.end());
            assertThat(HelloGuest.QUEUES + 32 * 4096).isLessThanOrEqualTo(HelloGuest.INTERRUPTS);
            assertThat(HelloGuest.INTERRUPTS + 4096).isLessThanOrEqualTo(kernel.end());
        }
    }

    @Test
    void refusesAMachineThatIsTooSmall() {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20)) {
            assertThatThrownBy(() -> HelloGuest.load(BuiltinKernel.IDLE, memory))
                    .isInstanceOf(VmmException.class)
                    .hasMessage("kernel.builtin: idle needs 2 MiB of memory; set memory to 2MiB or more");
        }
    }
}
