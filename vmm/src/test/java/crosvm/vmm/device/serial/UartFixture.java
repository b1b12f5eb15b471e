package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.console.PortOutput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A UART with its registers, and an output with as much room as a test gives it. */
abstract class UartFixture {
    static final int DATA = 0;
    static final int IER = 1;
    static final int IIR = 2;
    static final int FCR = 2;
    static final int LCR = 3;
    static final int MCR = 4;
    static final int LSR = 5;
    static final int MSR = 6;
    static final int SCR = 7;

    /** An output with as much room as the test gives it. */
    static final class FakeOutput implements PortOutput {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int room = Integer.MAX_VALUE;
        Runnable listener = () -> {};

        @Override
        public boolean offer(byte value) {
            if (bytes.size() >= room) {
                return false;
            }
            bytes.write(value);
            return true;
        }

        @Override
        public void offer(ByteBuffer several) {
            throw new AssertionError("a UART sends a byte at a time");
        }

        @Override
        public void onRoom(Runnable newListener) {
            listener = newListener;
        }

        @Override
        public String toString() {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        }
    }

    final FakeOutput output = new FakeOutput();
    final List<Boolean> edges = new ArrayList<>();
    final Uart16550 uart = new Uart16550(output, edges::add);

    int in(int register) {
        return (int) uart.read(register, 1);
    }

    void out(int register, int value) {
        uart.write(register, 1, value);
    }

    void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(uart.offer(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }

    void listen() {
        out(MCR, 0x0b);
        out(FCR, 0x07);
    }

    String readAll() {
        StringBuilder text = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            text.append((char) in(DATA));
        }
        return text.toString();
    }
}
