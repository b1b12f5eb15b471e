package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the guest receives. */
class Uart16550InputTest extends UartFixture {
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
