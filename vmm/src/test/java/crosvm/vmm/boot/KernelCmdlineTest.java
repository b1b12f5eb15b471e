package crosvm.vmm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelCmdlineTest {
    @Test
    void endsWithAZeroAndTellsBothNumbersWhenItIsTooLong() {
        KernelCmdline line = KernelCmdline.of("quiet x");
        assertThat(line.bytes(7)).containsExactly('q', 'u', 'i', 'e', 't', ' ', 'x', 0);
        assertThatThrownBy(() -> line.bytes(6))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("has 7 characters")
                .hasMessageContaining("at most 6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nb", "a\0b", "a\tb", "gr\u00fcn", "\u007f"})
    void refusesWhatAKernelCommandLineCannotCarry(String line) {
        assertThatThrownBy(() -> KernelCmdline.of(line))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("kernel.params")
                .hasMessageContaining("U+00");
    }
}
