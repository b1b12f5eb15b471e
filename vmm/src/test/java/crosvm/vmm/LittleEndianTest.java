package crosvm.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class LittleEndianTest {
    @Test
    void putsTheLowestByteFirstAndReadsItBackUnsigned() {
        byte[] bytes = new byte[6];
        LittleEndian.put(bytes, 1, 4, 0xffff_ffff_8102_03f4L);
        assertThat(bytes).containsExactly(0, 0xf4, 0x03, 0x02, 0x81, 0);
        assertThat(LittleEndian.get(bytes, 1, 4)).isEqualTo(0x8102_03f4L);
        assertThat(LittleEndian.get(bytes, 1, 1)).isEqualTo(0xf4);
        assertThat(LittleEndian.get(bytes, 0, 0)).isZero();
    }

    @Test
    void keepsAllBitsOfEightBytesWhateverTheBuffersOrder() {
        ByteBuffer buffer = ByteBuffer.allocate(9).order(ByteOrder.BIG_ENDIAN);
        LittleEndian.put(buffer, 1, 8, 0x8877_6655_4433_2211L);
        assertThat(buffer.get(1)).isEqualTo((byte) 0x11);
        assertThat(LittleEndian.get(buffer, 1, 8)).isEqualTo(0x8877_6655_4433_2211L);
        assertThat(LittleEndian.get(buffer.array(), 1, 8)).isEqualTo(0x8877_6655_4433_2211L);
    }
}
