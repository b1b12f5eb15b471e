package crosvm.vmm.irq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptWiresTest {
    private final List<String> levels = new ArrayList<>();
    private final InterruptWires wires =
            new InterruptWires(gsi -> level -> levels.add(gsi + (level ? " up" : " down")));

    @Test
    void passesLevelsOfAnUnsharedWireOn() {
        InterruptLine line = wires.input(9);
        line.set(true);
        line.set(false);
        line.pulse();
        assertThat(levels).containsExactly("9 up", "9 down", "9 up", "9 down");
    }

    @Test
    void keepsASharedWireUpUntilTheLastDeviceLetsGo() {
        InterruptLine com1 = wires.input(4);
        InterruptLine com3 = wires.input(4);
        com1.set(true);
        com3.set(true);
        com3.set(false);
        assertThat(levels).containsExactly("4 up");
        com1.set(false);
        assertThat(levels).containsExactly("4 up", "4 down");
    }

    @Test
    void countsADeviceOnceHoweverOftenItSpeaks() {
        InterruptLine one = wires.input(17);
        InterruptLine other = wires.input(17);
        one.set(true);
        one.set(true);
        other.set(false);
        one.set(false);
        assertThat(levels).containsExactly("17 up", "17 down");
    }

    @Test
    void keepsWiresApart() {
        wires.input(4).set(true);
        wires.input(3).set(true);
        assertThat(levels).containsExactly("4 up", "3 up");
    }
}
