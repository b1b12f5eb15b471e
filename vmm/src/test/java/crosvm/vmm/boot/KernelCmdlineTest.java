package crosvm.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelCmdlineTest {
    private static final List<String> OURS = List.of("console=ttyS0", "reboot=k", "panic=1", "root=/dev/vda", "ro");

    @ParameterizedTest
    @CsvSource({
        "quiet, console=ttyS0 reboot=k panic=1 root=/dev/vda ro quiet",
        "'console=ttyS0,115200', 'reboot=k panic=1 root=/dev/vda ro console=ttyS0,115200'",
        "panic=0 reboot=t, console=ttyS0 root=/dev/vda ro panic=0 reboot=t",
        "root=/dev/vdb, console=ttyS0 reboot=k panic=1 root=/dev/vdb",
        "rw, console=ttyS0 reboot=k panic=1 root=/dev/vda rw",
        "panic_on_oops=1 rootwait, console=ttyS0 reboot=k panic=1 root=/dev/vda ro panic_on_oops=1 rootwait",
        "-- panic=0, console=ttyS0 reboot=k panic=1 root=/dev/vda ro -- panic=0",
        "panic, console=ttyS0 reboot=k panic=1 root=/dev/vda ro panic",
    })
    void letsTheUsersWordsWin(String theirs, String line) {
        assertThat(KernelCmdline.of(OURS, List.of(theirs)).text()).isEqualTo(line);
        assertThat(KernelCmdline.of(OURS, List.of(theirs.split(" "))).text()).isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\0b", "a\tb", "gr\u00fcn", "\u007f"})
    void refusesWhatAKernelCommandLineCannotCarry(String word) {
        assertThatThrownBy(() -> KernelCmdline.of(OURS, List.of(word)))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("kernel.params")
                .hasMessageContaining("U+00");
    }
}
