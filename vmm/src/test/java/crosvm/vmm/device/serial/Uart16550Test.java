package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.console.PortOutput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class Uart16550Test {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;

    /** An output with as much room as the test gives it. */
    private static final class FakeOutput implements PortOutput {
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

    private final FakeOutput output = new FakeOutput();
    private final List<Boolean> edges = new ArrayList<>();
    private final Uart16550 uart = new Uart16550(output, edges::add);

    private int in(int register) {
        return (int) uart.read(register, 1);
    }

    private void out(int register, int value) {
        uart.write(register, 1, value);
    }

    private void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertThat(uart.offer(bytes, 0, bytes.length)).isEqualTo(bytes.length);
    }

    private void listen() {
        out(MCR, 0x0b);
        out(FCR, 0x07);
    }

    private String readAll() {
        StringBuilder text = new StringBuilder();
        while ((in(LSR) & 1) != 0) {
            text.append((char) in(DATA));
        }
        return text.toString();
    }

    @Test
    void comesUpIdleWithTheTransmitterEmptyAndNoInterrupt() {
        assertThat(in(LSR)).isEqualTo(0x60);
        assertThat(in(IIR)).isEqualTo(0x01);
        assertThat(in(IER)).isZero();
        assertThat(in(MCR)).isZero();
        assertThat(in(MSR)).isEqualTo(0xb0);
        assertThat(edges).isEmpty();
    }

    @Test
    void sendsWhatIsWritten() {
        "hello".chars().forEach(c -> out(DATA, c));
        assertThat(output).hasToString("hello");
        assertThat(in(LSR) & 0x60).isEqualTo(0x60);
    }

    @Test
    void keepsOnlyTheFourInterruptEnableBitsThatExist() {
        out(IER, 0xff);
        assertThat(in(IER)).isEqualTo(0x0f);
        out(IER, 0);
        assertThat(in(IER)).isZero();
    }

    @Test
    void latchesTheDivisorBehindDlabWithoutSendingOrEnabling() {
        out(LCR, 0x83);
        out(0, 0x34);
        out(1, 0x12);
        assertThat(in(0)).isEqualTo(0x34);
        assertThat(in(1)).isEqualTo(0x12);
        out(LCR, 0x03);
        assertThat(in(LCR)).isEqualTo(0x03);
        assertThat(in(IER)).isZero();
        assertThat(output).hasToString("");
        out(LCR, 0x83);
        assertThat(in(0) | in(1) << 8).isEqualTo(0x1234);
    }

    @Test
    void remembersScratch() {
        out(SCR, 0xa5);
        assertThat(in(SCR)).isEqualTo(0xa5);
    }

    @Test
    void ignoresWritesToTheStatusRegisters() {
        out(LSR, 0xff);
        out(MSR, 0xff);
        assertThat(in(LSR)).isEqualTo(0x60);
        assertThat(in(MSR)).isEqualTo(0xb0);
    }

    @Test
    void splitsWideAccessesIntoRegisters() {
        uart.write(SCR - 1, 2, 0x5a00);
        assertThat(in(SCR)).isEqualTo(0x5a);
        out(LCR, 0x03);
        assertThat(uart.read(LCR, 4)).isEqualTo(0xb0_60_00_03L);
    }

    @Test
    void showsFifosInTheIdentificationOnlyWhileEnabled() {
        assertThat(in(IIR) >> 6).isZero();
        out(FCR, 1);
        assertThat(in(IIR)).isEqualTo(0xc1);
        out(FCR, 0);
        assertThat(in(IIR)).isEqualTo(0x01);
    }

    @Test
    void passesTheProbeSequenceThatLinuxTellsA16550aBy() {
        out(IER, 0);
        assertThat(in(IER) & 0x0f).isZero();
        out(IER, 0x0f);
        assertThat(in(IER) & 0x0f).isEqualTo(0x0f);
        out(IER, 0);
        out(MCR, 0x1a);
        assertThat(in(MSR) & 0xf0).as("loopback of RTS and OUT2").isEqualTo(0x90);
        out(MCR, 0);
        out(LCR, 0xbf);
        out(2, 0);
        out(LCR, 0);
        out(FCR, 1);
        assertThat(in(IIR) >> 6).as("16550A").isEqualTo(3);
        out(LCR, 0x80);
        assertThat(in(2)).as("no 16650: EFR does not read 0").isNotZero();
        out(LCR, 0xbf);
        assertThat(in(2)).as("no 16650V2").isNotZero();
        out(LCR, 0x80);
        out(FCR, 0x21);
        assertThat(in(IIR) >> 5).as("no 16750 with 64 bytes").isEqualTo(6);
        out(LCR, 0);
        out(IER, 0x40);
        assertThat(in(IER) & 0x40).as("no XScale").isZero();
        assertThat(edges).isEmpty();
    }

    @Test
    void measuresASixteenByteFifoInLoopback() {
        out(FCR, 7);
        out(MCR, 0x10);
        for (int i = 0; i < 256; i++) {
            out(DATA, i);
        }
        assertThat(in(LSR) & 0x03).as("data ready and overrun").isEqualTo(0x03);
        assertThat(in(LSR) & 0x02).as("overrun is told once").isZero();
        for (int i = 0; i < 16; i++) {
            assertThat(in(LSR) & 1).isOne();
            assertThat(in(DATA)).isEqualTo(i);
        }
        assertThat(in(LSR) & 1).isZero();
        assertThat(output).hasToString("");
    }

    @Test
    void tellsModemLineChangesInLoopbackOnce() {
        out(IER, 8);
        out(MCR, 0x10 | 0x04);
        assertThat(in(IIR)).isZero();
        assertThat(in(MSR)).as("RI up; DCD, DSR, CTS fell").isEqualTo(0x40 | 0x0b);
        assertThat(in(IIR)).isEqualTo(1);
        out(MCR, 0);
        assertThat(in(MSR)).as("back up, and RI's trailing edge").isEqualTo(0xb0 | 0x0f);
        assertThat(edges).as("OUT2 is off").isEmpty();
    }

    @Test
    void letsInterruptsOutOnlyWithOut2() {
        out(IER, 2);
        assertThat(edges).isEmpty();
        out(MCR, 0x08);
        assertThat(edges).containsExactly(true);
        out(MCR, 0x18);
        assertThat(edges).as("loopback cuts OUT2 off").containsExactly(true, false);
        out(MCR, 0);
        assertThat(edges).containsExactly(true, false);
        assertThat(in(IIR)).as("the reason is still told").isEqualTo(2);
    }

    @Test
    void interruptsWhenTheTransmitInterruptIsEnabledAndAgainAfterReenabling() {
        out(MCR, 0x08);
        out(IER, 2);
        assertThat(in(IIR)).isEqualTo(2);
        assertThat(in(IIR)).as("reading took it back").isEqualTo(1);
        out(IER, 0);
        out(IER, 2);
        assertThat(in(IIR)).isEqualTo(2);
        assertThat(edges).containsExactly(true, false, true, false);
    }

    @Test
    void raisesOneEdgePerAcknowledgedBurst() {
        out(MCR, 0x08);
        out(FCR, 1);
        out(IER, 2);
        in(IIR);
        edges.clear();
        for (int i = 0; i < 16; i++) {
            out(DATA, 'x');
        }
        assertThat(edges)
                .as("one edge for the burst, after the acknowledgement")
                .containsExactly(true);
        assertThat(in(IIR) & 0x0f).isEqualTo(2);
        assertThat(edges).containsExactly(true, false);
    }

    @Test
    void holdsBackBytesWhileTheOutputHasNoRoom() {
        out(MCR, 0x08);
        output.room = 3;
        out(FCR, 1);
        "abcde".chars().forEach(c -> out(DATA, c));
        assertThat(output).hasToString("abc");
        assertThat(in(LSR) & 0x60).isZero();
        out(IER, 2);
        assertThat(in(IIR) & 0x0f).as("the transmitter is not empty").isEqualTo(1);
        output.room = 100;
        output.listener.run();
        assertThat(output).hasToString("abcde");
        assertThat(in(LSR) & 0x60).isEqualTo(0x60);
        assertThat(edges).containsExactly(true);
        assertThat(in(IIR) & 0x0f).isEqualTo(2);
    }

    @Test
    void askingForRoomWithNothingWaitingIsNoInterrupt() {
        out(IER, 2);
        in(IIR);
        output.listener.run();
        assertThat(in(IIR)).isEqualTo(1);
    }

    @Test
    void losesBytesOnlyWhenTheGuestIgnoresAFullTransmitter() {
        output.room = 0;
        out(FCR, 1);
        for (int i = 0; i < 20; i++) {
            out(DATA, 'a' + i);
        }
        output.room = 100;
        output.listener.run();
        assertThat(output).hasToString("abcdefghijklmnop");
    }

    @Test
    void deliversInputAndClearsDataReady() {
        listen();
        type("hi");
        assertThat(in(LSR) & 1).isOne();
        assertThat(readAll()).isEqualTo("hi");
        assertThat(in(DATA)).isZero();
    }

    @Test
    void keepsInputUntilTheGuestListens() {
        type("early");
        assertThat(in(LSR) & 1).isZero();
        out(FCR, 7);
        out(MCR, 3);
        assertThat(readAll()).isEqualTo("early");
    }

    @Test
    void enablingTheReceiveInterruptIsListeningToo() {
        type("k");
        out(IER, 1);
        assertThat(in(DATA)).isEqualTo('k');
    }

    @Test
    void losesNothingOfInputLongerThanTheFifo() {
        listen();
        String text = "0123456789".repeat(100);
        type(text);
        assertThat(readAll()).isEqualTo(text);
    }

    @Test
    void takesNoMoreThanTheQueueHolds() {
        byte[] much = new byte[Uart16550.INPUT_CAPACITY + 5];
        assertThat(uart.offer(much, 0, much.length)).isEqualTo(Uart16550.INPUT_CAPACITY);
        assertThat(uart.offer(much, 0, 1)).isZero();
    }

    @Test
    void tellsOfRoomOnceAfterTheGuestHasReadHalfOfARefusedOffer() {
        int[] told = {0};
        uart.onRoom(() -> told[0]++);
        byte[] much = new byte[Uart16550.INPUT_CAPACITY + 1];
        uart.offer(much, 0, much.length);
        listen();
        for (int i = 0; i < much.length / 2 - 100; i++) {
            in(DATA);
        }
        assertThat(told[0]).isZero();
        readAll();
        assertThat(told[0]).isEqualTo(1);
    }

    @Test
    void saysTimeoutBelowTheTriggerLevelAndReceiveFromIt() {
        out(MCR, 0x0b);
        out(FCR, 0x41 | 6); // trigger at 4
        out(IER, 1);
        type("abc");
        assertThat(in(IIR) & 0x0f).isEqualTo(0x0c);
        type("d");
        assertThat(in(IIR) & 0x0f).isEqualTo(0x04);
        in(DATA);
        assertThat(in(IIR) & 0x0f).isEqualTo(0x0c);
        assertThat(readAll()).isEqualTo("bcd");
        assertThat(in(IIR) & 0x0f).isEqualTo(0x01);
        assertThat(edges).containsExactly(true, false);
    }

    @Test
    void interruptsAnewForInputAfterTheFifoWasEmptied() {
        listen();
        out(IER, 1);
        for (int i = 0; i < 3; i++) {
            type("z");
            assertThat(readAll()).isEqualTo("z");
        }
        assertThat(edges).containsExactly(true, false, true, false, true, false);
    }

    @Test
    void ranksLineStatusOverDataOverTransmitter() {
        listen();
        type("a");
        uart.sendBreak();
        out(IER, 0x07);
        assertThat(in(IIR) & 0x0f).as("data first: the break is behind it").isEqualTo(0x04);
        assertThat(in(LSR)).as("an error waits in the FIFO").isEqualTo(0xe1);
        in(DATA);
        assertThat(in(IIR) & 0x0f).isEqualTo(0x06);
        assertThat(in(LSR)).as("break").isEqualTo(0xf1);
        assertThat(in(IIR) & 0x0f).as("the break's null character").isEqualTo(0x04);
        assertThat(in(DATA)).isZero();
        assertThat(in(IIR) & 0x0f).isEqualTo(0x02);
    }

    @Test
    void clearsFifosOnRequestAndWhenTheirModeChanges() {
        listen();
        type("abc");
        out(FCR, 1 | 2);
        assertThat(in(LSR) & 1).isZero();
        type("d");
        out(FCR, 0);
        assertThat(in(LSR) & 1).isZero();
        type("ef");
        assertThat(readAll()).as("one at a time without FIFOs").isEqualTo("ef");
    }
}
