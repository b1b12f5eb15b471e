package crosvm.vmm.device.serial;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.console.PortOutput;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a driver that writes from its interrupt handler, as Linux's does, gets its interrupts; on a clock of the test's. */
class TransmitPaceTest {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int NONE = 1;
    private static final int TRANSMIT = 2;
    /** What an access costs, in nanoseconds. */
    private static final long ACCESS = 10_000;

    private final List<Boolean> edges = new ArrayList<>();
    private final List<Long> timers = new ArrayList<>();
    /** When they were set. */
    private final List<Long> set = new ArrayList<>();

    private long now = 1_000;
    private final Uart16550 uart = new Uart16550(PortOutput.discarding(), edges::add, () -> now, this::setTimer);

    @BeforeEach
    void enables() {
        out(MCR, 0x0b);
        out(FCR, 1);
        out(IER, 2);
        edges.clear();
    }

    private void setTimer(long nanoseconds) {
        assertThat(timers).as("a timer is set only when none is").isEmpty();
        set.add(now);
        timers.add(nanoseconds);
    }

    private int in(int register) {
        now += ACCESS;
        return (int) uart.read(register, 1);
    }

    private void out(int register, int value) {
        now += ACCESS;
        uart.write(register, 1, value);
    }

    private int reason() {
        return in(IIR) & 0x0f;
    }

    /** As serial8250_interrupt: as long as there is a reason, at most 512 times. @return characters written */
    private int handleInterrupt(int fifo, int available) {
        int written = 0;
        for (int pass = 0; pass < 512 && reason() == TRANSMIT; pass++) {
            in(LSR);
            for (int i = 0; i < fifo && written < available; i++) {
                out(DATA, 'x');
                written++;
            }
        }
        return written;
    }

    /** @return how long it took until the transmitter was ready, from now, in nanoseconds */
    private long letTheTimerRing() {
        long start = now;
        while (!timers.isEmpty()) {
            now = Math.max(now, set.remove(0) + timers.remove(0));
            uart.timeIsUp();
        }
        return now - start;
    }

    @Test
    void interruptsOnceForEachFifosWorthWithAsMuchTimeForOthersInBetween() {
        for (int burst = 0; burst < 10; burst++) {
            edges.clear();
            long start = now;
            assertThat(handleInterrupt(16, 4096)).isEqualTo(16);
            assertThat(edges).containsExactly(false);
            long taken = now - start;
            assertThat(letTheTimerRing()).as("rest").isBetween(taken * 3 / 4, taken);
            assertThat(edges).containsExactly(false, true);
        }
    }

    @Test
    void interruptsForEachCharacterWithoutFifos() {
        out(FCR, 0);
        for (int i = 0; i < 10; i++) {
            assertThat(handleInterrupt(1, 4096)).isEqualTo(1);
            letTheTimerRing();
        }
    }

    @Test
    void showsAnEmptyTransmitterToADriverThatPolls() {
        handleInterrupt(16, 4096);
        assertThat(in(LSR) & 0x60).isEqualTo(0x60);
        letTheTimerRing();
        out(IER, 0);
        for (int i = 0; i < 1000; i++) {
            out(DATA, 'p');
            assertThat(in(LSR) & 0x60).isEqualTo(0x60);
        }
        out(IER, 2);
        assertThat(reason()).as("and interrupts it at once afterwards").isEqualTo(TRANSMIT);
        assertThat(timers).isEmpty();
    }

    @Test
    void keepsToTheBoundsOfARest() {
        assertThat(reason()).isEqualTo(TRANSMIT);
        now += 1_000_000_000;
        for (int i = 0; i < 16; i++) {
            uart.write(DATA, 1, 'x');
        }
        assertThat(letTheTimerRing()).isEqualTo(TransmitPace.LONGEST);
        assertThat((int) uart.read(IIR, 1) & 0x0f).isEqualTo(TRANSMIT);
        for (int i = 0; i < 16; i++) {
            uart.write(DATA, 1, 'x');
        }
        assertThat((int) uart.read(IIR, 1) & 0x0f).isEqualTo(NONE);
        assertThat(letTheTimerRing()).isEqualTo(TransmitPace.SHORTEST);
        assertThat(reason()).isEqualTo(TRANSMIT);
    }

    @Test
    void interruptsForInputWhileTheTransmitterRests() {
        out(FCR, 0x81); // A FIFO that interrupts at 8 characters, or by time-out.
        out(IER, 3);
        handleInterrupt(16, 4096);
        edges.clear();
        uart.offer(new byte[] {'k'}, 0, 1);
        assertThat(edges).containsExactly(true);
        assertThat(reason()).isEqualTo(0x0c);
        assertThat(in(DATA)).isEqualTo('k');
        assertThat(reason()).isEqualTo(NONE);
    }

    @Test
    void setsTheTimerAnewWhenItRingsTooSoon() {
        handleInterrupt(16, 4096);
        timers.clear();
        set.clear();
        uart.timeIsUp();
        assertThat(reason()).isEqualTo(NONE);
        letTheTimerRing();
        assertThat(reason()).isEqualTo(TRANSMIT);
    }
}
