package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Real connections are made in the lab (VsockBootIT), which has guests. */
class VsockSocketTest {
    /** As linux/vm_sockets.h has it: family, reserved, port, context id, zeros. */
    @Test
    void writesAddressesAsTheKernelReadsThem() {
        NativeBuffer address = VsockSocket.address(0xffff_fffeL, 0x8000_0001L);
        byte[] bytes = new byte[address.size()];
        address.bytes().get(0, bytes);
        assertThat(bytes).containsExactly(40, 0, 0, 0, 1, 0, 0, 0x80, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0);
    }

    /** Whatever this kernel has of vsock, no machine has this context id. */
    @Test
    void namesContextIdAndPortOfAGuestThatIsNotThere() throws Exception {
        long before = OpenFds.count();
        assertThatThrownBy(() -> VsockSocket.connect(0xffff_fff0L, 1234))
                .isInstanceOf(ErrnoException.class)
                .hasMessageStartingWith("vsock port 1234 of context id 4294967280: ");
        OpenFds.awaitAtMost(before);
    }
}
