package crosvm.vmm.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BusTest {
    private final Bus bus = new Bus("port");
    private final List<String> seen = new ArrayList<>();

    private BusDevice device(String name) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                seen.add(name + " read " + offset + " " + size);
                return 0x1122334455667788L;
            }

            @Override
            public void write(long offset, int size, long value) {
                seen.add(name + " write " + offset + " " + size + " " + Long.toHexString(value));
            }
        };
    }

    @Test
    void givesDevicesOffsetsIntoTheirWindows() {
        bus.add(0x3f8, 8, "COM1", device("com1"));
        bus.add(0x60, 1, "kbd", device("kbd"));
        bus.add(0x400, 4, "next", device("next"));
        bus.read(0x3f8, 1);
        bus.write(0x3ff, 1, 5);
        bus.read(0x400, 4);
        bus.write(0x60, 1, 6);
        assertThat(seen).containsExactly("com1 read 0 1", "com1 write 7 1 5", "next read 0 4", "kbd write 0 1 6");
    }

    @Test
    void cutsValuesToTheAccessSize() {
        bus.add(0, 16, "device", device("d"));
        assertThat(bus.read(0, 1)).isEqualTo(0x88);
        assertThat(bus.read(0, 2)).isEqualTo(0x7788);
        assertThat(bus.read(0, 4)).isEqualTo(0x55667788L);
        assertThat(bus.read(0, 8)).isEqualTo(0x1122334455667788L);
        bus.write(0, 2, -1);
        bus.write(0, 8, -1);
        assertThat(seen).endsWith("d write 0 2 ffff", "d write 0 8 ffffffffffffffff");
    }

    @Test
    void readsAllOnesAndDropsWritesWhereNobodyAnswers() {
        bus.add(0x100, 4, "device", device("d"));
        assertThat(bus.read(0xff, 1)).isEqualTo(0xff);
        assertThat(bus.read(0x104, 2)).isEqualTo(0xffff);
        assertThat(bus.read(0, 4)).isEqualTo(0xffff_ffffL);
        assertThat(bus.read(0x1000, 8)).isEqualTo(-1);
        bus.write(0x104, 1, 0);
        assertThat(seen).isEmpty();
    }

    @Test
    void neverHandsADeviceAnAccessThatLeavesItsWindow() {
        bus.add(0x100, 4, "device", device("d"));
        bus.add(0x104, 4, "neighbour", device("n"));
        assertThat(bus.read(0x102, 4)).isEqualTo(0xffff_ffffL);
        bus.write(0x103, 2, 0);
        assertThat(bus.read(0xff, 2)).isEqualTo(0xffff);
        assertThat(seen).isEmpty();
        assertThat(bus.answers(0x100, 4)).isTrue();
        assertThat(bus.answers(0x100, 8)).isFalse();
    }

    @Test
    void answersAtTheTopOfTheAddressSpace() {
        Bus mmio = new Bus("MMIO");
        mmio.add(Long.MAX_VALUE - 15, 15, "top", device("top"));
        mmio.read(Long.MAX_VALUE - 8, 8);
        assertThat(seen).containsExactly("top read 7 8");
        assertThat(mmio.read(-8, 8)).as("addresses from 2^63").isEqualTo(-1);
    }

    @Test
    void refusesOverlappingWindowsNamingBoth() {
        bus.add(0x3f8, 8, "COM1", device("d"));
        assertThatThrownBy(() -> bus.add(0x3ff, 2, "other", device("o")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("port bus: other at 0x3ff..0x400 overlaps COM1 at 0x3f8..0x3ff");
        assertThat(bus.tryAdd(0x3f0, 9, "before", device("b"))).isFalse();
        assertThat(bus.tryAdd(0x3f9, 1, "inside", device("i"))).isFalse();
        assertThat(bus.tryAdd(0, 0x10000, "around", device("a"))).isFalse();
        assertThat(bus.tryAdd(0x3f8, 8, "same", device("s"))).isFalse();
        assertThat(bus.tryAdd(0x3f0, 8, "right before", device("b"))).isTrue();
        assertThat(bus.tryAdd(0x400, 8, "right behind", device("b"))).isTrue();
    }

    @Test
    void refusesWindowsThatCannotBe() {
        assertThat(bus.tryAdd(-1, 8, "negative", device("d"))).isFalse();
        assertThat(bus.tryAdd(0, 0, "empty", device("d"))).isFalse();
        assertThat(bus.tryAdd(0, -1, "negative size", device("d"))).isFalse();
        assertThat(bus.tryAdd(Long.MAX_VALUE, 2, "over the top", device("d"))).isFalse();
    }

    @Test
    void movesAWindowByRemovingAndAddingIt() {
        bus.add(0x1000, 0x100, "BAR", device("bar"));
        bus.remove(0x1080);
        assertThat(bus.answers(0x1000, 4)).as("only the exact start removes").isTrue();
        bus.remove(0x1000);
        assertThat(bus.answers(0x1000, 4)).isFalse();
        bus.add(0x2000, 0x100, "BAR", device("bar"));
        bus.read(0x2010, 4);
        assertThat(seen).containsExactly("bar read 16 4");
    }

    @Test
    void findsEveryOneOfManyWindows() {
        for (int i = 0; i < 100; i++) {
            int start = i * 37 % 100 * 16;
            bus.add(start, 8, "w" + start, device("w" + start));
        }
        for (int start = 0; start < 1600; start += 16) {
            seen.clear();
            bus.read(start + 7, 1);
            assertThat(seen).containsExactly("w" + start + " read 7 1");
            assertThat(bus.answers(start + 8, 1)).isFalse();
        }
    }
}
