package crosvm.vmm.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import crosvm.vmm.bus.Bus;
import crosvm.vmm.bus.BusDevice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Configuration space as guests probe it. */
class PciBusTest {
    private static final long ONES = 0xffff_ffffL;

    private final Bus mmio = new Bus("MMIO");
    private final PciBus pci = new PciBus(mmio);
    private final BusDevice ecam = pci.ecam();
    private final List<String> moves = new ArrayList<>();
    private final List<String> resets = new ArrayList<>();
    private final BusDevice ports = pci.ports(new BusDevice() {
        @Override
        public long read(long offset, int size) {
            return 0x5a;
        }

        @Override
        public void write(long offset, int size, long value) {
            resets.add(offset + " " + size + " " + value);
        }
    });

    /** A function with a 32 KiB BAR and a 64-bit one of 8 GiB. */
    private final class Card extends PciFunction {
        Card() {
            super("card", new PciIdentity(0x1234, 0x5678, 3, 0x010203, 0x9abc, 0xdef0));
            addBar(0x8000, constant(0x11));
            addWideBar(8L << 30, constant(0x22));
            setInterrupt(21);
            config().addCapability(0x09, new byte[] {8, 1, 2, 3, 4, 5});
            config().addCapability(0x11, new byte[10]);
        }

        @Override
        protected void barMoved(int index, long address) {
            moves.add(index + " " + Long.toHexString(address));
        }
    }

    private static BusDevice constant(long value) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return value;
            }

            @Override
            public void write(long offset, int size, long written) {}
        };
    }

    private Card plugIn() {
        Card card = new Card();
        card.bars().get(0).place(0xc000_0000L);
        pci.add(1, card);
        return card;
    }

    private long config(int register, int size) {
        return ecam.read(1 << 15 | register, size);
    }

    private void setConfig(int register, int size, long value) {
        ecam.write(1 << 15 | register, size, value);
    }

    @Test
    void showsTheHostBridgeFirst() {
        assertThat(ecam.read(0x0a, 2)).isEqualTo(0x0600);
        assertThat(pci.functions()).containsOnlyKeys(0);
    }

    @Test
    void answersOnesWhereNobodyIs() {
        plugIn();
        assertThat(ecam.read(2 << 15, 4)).isEqualTo(ONES);
        assertThat(ecam.read(1 << 15 | 1 << 12, 2)).isEqualTo(ONES);
        ecam.write(2 << 15 | 4, 2, 2);
    }

    @Test
    void showsTheIdentity() {
        plugIn();
        assertThat(config(0, 4)).isEqualTo(0x5678_1234L);
        assertThat(config(8, 4)).isEqualTo(0x0102_0303L);
        assertThat(config(0x2c, 4)).isEqualTo(0xdef0_9abcL);
        assertThat(config(0x0e, 1)).isZero();
        assertThat(config(0x3c, 2)).isEqualTo(0x0115);
        assertThat(ecam.read(1 << 15, 8)).isEqualTo(0x5678_1234L | config(4, 4) << 32);
    }

    @Test
    void letsTheGuestChangeNoIdentity() {
        plugIn();
        setConfig(0, 4, 0);
        setConfig(8, 4, 0);
        setConfig(0x34, 1, 0);
        assertThat(config(0, 4)).isEqualTo(0x5678_1234L);
        assertThat(config(0x34, 1)).isEqualTo(0x40);
        setConfig(4, 2, 0xffff);
        assertThat(config(4, 2)).isEqualTo(1 << 10 | 4 | 2);
    }

    @Test
    void linksTheCapabilities() {
        plugIn();
        assertThat(config(6, 2) & 0x10).isEqualTo(0x10);
        assertThat(config(0x40, 4)).isEqualTo(0x0108_4809L);
        assertThat(config(0x48, 2)).isEqualTo(0x0011);
    }

    @Test
    void tellsTheSizesOfBars() {
        plugIn();
        assertThat(config(0x10, 4)).isEqualTo(0xc000_0000L);
        setConfig(0x10, 4, ONES);
        assertThat(config(0x10, 4)).isEqualTo(0xffff_8000L);
        setConfig(0x14, 4, ONES);
        setConfig(0x18, 4, ONES);
        assertThat(config(0x14, 4)).isEqualTo(0xc);
        assertThat(config(0x18, 4)).isEqualTo(0xffff_fffeL);
        setConfig(0x1c, 4, ONES);
        assertThat(config(0x1c, 4)).isZero();
    }

    @Test
    void opensWindowsWithMemoryDecodingAndMovesThem() {
        plugIn();
        assertThat(mmio.answers(0xc000_0000L, 4)).isFalse();
        setConfig(4, 2, 2);
        assertThat(mmio.read(0xc000_7ffcL, 1)).isEqualTo(0x11);
        assertThat(moves).startsWith("0 c0000000");
        setConfig(0x10, 4, 0xd000_0000L);
        assertThat(mmio.answers(0xc000_0000L, 4)).isFalse();
        assertThat(mmio.read(0xd000_0000L, 1)).isEqualTo(0x11);
        setConfig(0x18, 4, 4);
        assertThat(mmio.read(0x4_0000_0000L, 1)).isEqualTo(0x22);
        moves.clear();
        setConfig(4, 2, 0);
        assertThat(mmio.answers(0xd000_0000L, 4) || mmio.answers(0x4_0000_0000L, 4))
                .isFalse();
        assertThat(moves).containsExactly("0 ffffffffffffffff", "1 ffffffffffffffff");
    }

    @Test
    void stepsBackWhereSomebodyElseIs() {
        plugIn();
        mmio.add(0xe000_0000L, 0x10_0000, "ECAM", ecam);
        setConfig(4, 2, 2);
        setConfig(0x10, 4, 0xe000_0000L);
        assertThat(mmio.read(0xe000_0000L, 4)).isEqualTo(ecam.read(0, 4));
        assertThat(moves).endsWith("0 ffffffffffffffff");
        setConfig(0x10, 4, 0xc000_0000L);
        assertThat(mmio.read(0xc000_0000L, 1)).isEqualTo(0x11);
    }

    @Test
    void survivesEveryAddressAGuestCanWrite() {
        plugIn();
        setConfig(4, 2, 2);
        for (long high : new long[] {0, ONES, 0x8000_0000L, 0x7fff_ffffL}) {
            for (long low : new long[] {0, ONES, 0x8000_0000L}) {
                setConfig(0x14, 4, low);
                setConfig(0x18, 4, high);
                setConfig(0x10, 4, low);
            }
        }
        assertThat(config(0, 2)).isEqualTo(0x1234);
    }

    @Test
    void refusesSlotsThatAreTakenOrNotThere() {
        plugIn();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pci.add(1, new Card()))
                .withMessageContaining("slot 1");
        assertThatIllegalArgumentException().isThrownBy(() -> pci.add(32, new Card()));
    }

    @Test
    void placesBarsOnMultiplesOfTheirSizeOnly() {
        Card card = new Card();
        assertThatIllegalArgumentException().isThrownBy(() -> card.bars().get(0).place(0xc000_1000L));
        assertThatIllegalArgumentException().isThrownBy(() -> card.bars().get(0).place(1L << 32));
    }

    @Test
    void answersThroughPortsAsThroughEcam() {
        plugIn();
        ports.write(0, 4, 0x8000_0000L | 1 << 11 | 0x2c);
        assertThat(ports.read(0, 4)).isEqualTo(0x8000_082cL);
        assertThat(ports.read(4, 4)).isEqualTo(0xdef0_9abcL);
        assertThat(ports.read(6, 2)).isEqualTo(0xdef0);
        assertThat(ports.read(5, 1)).isEqualTo(0x9a);
        ports.write(0, 4, 0x8000_0000L | 1 << 11 | 4);
        ports.write(4, 2, 2);
        assertThat(mmio.answers(0xc000_0000L, 4)).isTrue();
    }

    @Test
    void answersOnesThroughPortsWhenNotEnabledOrOnAnotherBus() {
        plugIn();
        ports.write(0, 4, 1 << 11);
        assertThat(ports.read(4, 4)).isEqualTo(ONES);
        ports.write(0, 4, 0x8001_0000L | 1 << 11);
        assertThat(ports.read(4, 4)).isEqualTo(ONES);
    }

    @Test
    void passesTheResetRegisterOn() {
        ports.write(1, 1, 6);
        assertThat(resets).containsExactly("0 1 6");
        assertThat(ports.read(1, 1)).isEqualTo(0x5a);
        assertThat(ports.read(0, 4)).isZero();
    }
}
