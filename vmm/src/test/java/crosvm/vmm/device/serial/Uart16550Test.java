package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Registers, and what the guest sends. */
class Uart16550Test extends UartFixture {
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
}
