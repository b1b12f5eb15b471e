package crosvm.vmm.device.i8042;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.RecordedEvents;
import crosvm.vmm.bus.Bus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class I8042Test {
    private final RecordedEvents events = new RecordedEvents();
    private final Bus ports = new Bus("port");

    @BeforeEach
    void plugIn() {
        new I8042(events).addTo(ports);
    }

    private int status() {
        return (int) ports.read(0x64, 1);
    }

    private int data() {
        assertThat(status() & 1).as("an answer waits").isOne();
        int data = (int) ports.read(0x60, 1);
        assertThat(status() & 1).as("and is taken").isZero();
        return data;
    }

    private void command(int command) {
        ports.write(0x64, 1, command);
    }

    private void data(int data) {
        ports.write(0x60, 1, data);
    }

    @Test
    void leavesThePortsBetweenToOthers() {
        assertThat(ports.answers(0x61, 1)).isFalse();
        assertThat(ports.answers(0x60, 2)).isFalse();
    }

    @Test
    void isAlwaysReadyForInput() {
        assertThat(status() & 2).isZero();
        command(0xaa);
        assertThat(status() & 2).isZero();
    }

    @Test
    void marksWhetherTheLastByteWasACommand() {
        command(0xae);
        assertThat(status() & 8).isEqualTo(8);
        data(0);
        assertThat(status() & 8).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xfe, 0xf0, 0xfc})
    void resetsWhenTheResetLineIsPulsed(int command) {
        command(command);
        assertThat(events.seen).containsExactly("reset");
    }

    @Test
    void doesNotResetWhenOtherLinesArePulsed() {
        command(0xff);
        command(0xfd);
        assertThat(events.seen).isEmpty();
    }

    @Test
    void resetsThroughTheOutputPort() {
        command(0xd1);
        data(0x03);
        assertThat(events.seen).isEmpty();
        command(0xd1);
        data(0x02);
        assertThat(events.seen).containsExactly("reset");
    }

    @Test
    void tellsTheOutputPort() {
        command(0xd0);
        assertThat(data()).isEqualTo(3);
    }

    @Test
    void passesItsSelfTestAndTheKeyboardInterfaceTest() {
        command(0xaa);
        assertThat(data()).isEqualTo(0x55);
        command(0xab);
        assertThat(data()).isZero();
    }

    @Test
    void keepsTheConfigurationByte() {
        command(0x20);
        assertThat(data()).isEqualTo(0x34);
        command(0x60);
        data(0x45);
        command(0x20);
        assertThat(data()).as("but for the aux port, which stays off").isEqualTo(0x65);
        command(0xad);
        command(0x20);
        assertThat(data() & 0x10).isEqualTo(0x10);
        command(0xae);
        command(0x20);
        assertThat(data() & 0x10).isZero();
    }

    @Test
    void keepsTheOtherBytesOfItsMemory() {
        command(0x7f);
        data(0x5a);
        command(0x3f);
        assertThat(data()).isEqualTo(0x5a);
    }

    @Test
    void showsADriverThatThereIsNoAuxPort() {
        command(0xd3);
        data(0x5a);
        assertThat(status() & 0x21).as("the echo comes as from the keyboard").isEqualTo(0x01);
        assertThat(data()).isEqualTo(0x5a);
        command(0xa9);
        assertThat(data()).as("neither working (0) nor broken (0xfa, 0xff)").isEqualTo(1);
        command(0xa8);
        command(0x20);
        assertThat(data() & 0x20).as("enabling had no effect").isEqualTo(0x20);
    }

    @Test
    void answersForTheMissingKeyboardWithATimeout() {
        data(0xf2);
        assertThat(status() & 0x41).isEqualTo(0x41);
        assertThat(data()).isEqualTo(0xfe);
        assertThat(status() & 0x40).isZero();
    }

    @Test
    void takesUnknownCommandsWithoutAnswer() {
        command(0x80);
        assertThat(status() & 1).isZero();
        assertThat(events.seen).isEmpty();
    }
}
