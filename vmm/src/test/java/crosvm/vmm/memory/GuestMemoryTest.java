package crosvm.vmm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.memory.GuestMemory.Source;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestMemoryTest {
    private static final long GIB = 1L << 30;
    private static final long HIGH = MemoryLayout.HIGH_RAM_START;
    private static final long END = HIGH + 3 * GIB;

    /** 6 GiB, with the PCI hole in it; only the pages that the tests touch are ever there. */
    private static GuestMemory memory;

    @BeforeAll
    static void allocate() {
        memory = GuestMemory.allocate(6 * GIB);
    }

    @AfterAll
    static void close() {
        memory.close();
    }

    @Test
    void leavesAHoleForDevicesBelowFourGiB() {
        assertThat(memory.size()).isEqualTo(6 * GIB);
        assertThat(memory.regions()).hasSize(2);
        GuestRegion low = memory.regions().get(0);
        GuestRegion high = memory.regions().get(1);
        assertThat(low.guestAddress()).isZero();
        assertThat(low.size()).isEqualTo(3 * GIB);
        assertThat(high.guestAddress()).isEqualTo(HIGH);
        assertThat(high.size()).isEqualTo(3 * GIB);
        assertThat(high.fileOffset()).isEqualTo(3 * GIB);
        assertThat(high.file()).isSameAs(low.file());
    }

    @Test
    void alignsRegionsForHugePages() {
        assertThat(memory.regions())
                .allSatisfy(r -> assertThat(r.hostAddress() % (2 << 20)).isZero());
    }

    @Test
    void startsZeroed() {
        assertThat(memory.u64(0x1000)).isZero();
        assertThat(memory.u64(END - 8)).isZero();
    }

    @Test
    void knowsWhatItHolds() {
        assertThat(memory.contains(0, 3 * GIB)).isTrue();
        assertThat(memory.contains(0, 3 * GIB + 1)).isFalse();
        assertThat(memory.contains(3 * GIB - 1, 1)).isTrue();
        assertThat(memory.contains(3 * GIB - 1, 2)).isFalse();
        assertThat(memory.contains(3 * GIB, 1)).isFalse();
        assertThat(memory.contains(HIGH - 1, 2)).isFalse();
        assertThat(memory.contains(HIGH, 1)).isTrue();
        assertThat(memory.contains(END - 1, 1)).isTrue();
        assertThat(memory.contains(END, 1)).isFalse();
    }

    @Test
    void countsOverflowAndNegativesAsOutside() {
        assertThat(memory.contains(-1, 1)).isFalse();
        assertThat(memory.contains(Long.MIN_VALUE, 1)).isFalse();
        assertThat(memory.contains(0x1000, -1)).isFalse();
        assertThat(memory.contains(0x1000, Long.MAX_VALUE)).isFalse();
        assertThat(memory.contains(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(memory.contains(END - 4096, Long.MAX_VALUE - 4096)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {3 * GIB - 1, 3 * GIB, HIGH - 1, END - 1, END, -1, -8, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesEveryWideAccessThatIsNotWhollyInside(long address) {
        assertThatThrownBy(() -> memory.u16(address)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.u32(address)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.u64(address)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.putU16(address, 1)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.putU32(address, 1)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.putU64(address, 1)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.read(address, new byte[2], 0, 2)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.write(address, new byte[2], 0, 2)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.range(address, 2)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.hostAddress(address, 2)).isInstanceOf(GuestAddressException.class);
    }

    @Test
    void namesTheAddressAndLengthOfABadAccessInHex() {
        assertThatThrownBy(() -> memory.range(0xc000_0000L, 0x200))
                .hasMessage("guest address 0xc0000000, length 0x200: not in guest memory");
    }

    @Test
    void storesLittleEndianAtAnyAlignment() {
        memory.putU64(0x2001, 0x8877665544332211L);
        byte[] bytes = new byte[8];
        memory.read(0x2001, bytes, 0, 8);
        assertThat(bytes).containsExactly(0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88);
        assertThat(memory.u16(0x2003)).isEqualTo(0x4433);
        assertThat(memory.u32(0x2003)).isEqualTo(0x66554433);
        assertThat(memory.u8(0x2008)).isEqualTo(0x88);
        memory.putU16(0x2003, 0xabcd);
        memory.putU32(0x2005, 0x01020304);
        assertThat(memory.u64(0x2001)).isEqualTo(0x01020304_abcd2211L);
    }

    /** Java buffers end at 1 GiB, guest memory does not. */
    @ParameterizedTest
    @ValueSource(longs = {GIB, 2 * GIB, HIGH + GIB, HIGH + 2 * GIB})
    void accessesWordsAcrossTheSeamsOfItsBuffers(long seam) {
        for (long address = seam - 7; address < seam; address++) {
            memory.putU64(address, 0x1122334455667788L);
            assertThat(memory.u64(address)).isEqualTo(0x1122334455667788L);
        }
        memory.putU32(seam - 2, 0xcafebabe);
        assertThat(memory.u32(seam - 2)).isEqualTo(0xcafebabe);
        assertThat(memory.u8(seam)).isEqualTo(0xfe);
        memory.putU16(seam - 1, 0x1234);
        assertThat(memory.u16(seam - 1)).isEqualTo(0x1234);
        assertThat(memory.u8(seam)).isEqualTo(0x12);
    }

    @ParameterizedTest
    @ValueSource(longs = {GIB, HIGH + 2 * GIB})
    void copiesAcrossTheSeamsOfItsBuffers(long seam) {
        byte[] out = new byte[9000];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) (i * 7 + 1);
        }
        memory.write(seam - 4000, out, 0, out.length);
        byte[] in = new byte[out.length + 2];
        memory.read(seam - 4000, in, 1, out.length);
        assertThat(Arrays.copyOfRange(in, 1, in.length - 1)).isEqualTo(out);
        assertThat(in[0]).isZero();
        assertThat(in[in.length - 1]).isZero();
    }

    @Test
    void ordersAlignedWordsAndRefusesMisalignedOnes() {
        memory.putU16Release(0x3002, 0xfffe);
        assertThat(memory.u16Acquire(0x3002)).isEqualTo(0xfffe);
        assertThatThrownBy(() -> memory.u16Acquire(0x3001)).isInstanceOf(GuestAddressException.class);
        assertThatThrownBy(() -> memory.putU16Release(0x3001, 0))
                .isInstanceOf(GuestAddressException.class)
                .hasMessageContaining("not aligned");
        assertThatThrownBy(() -> memory.u16Acquire(END)).isInstanceOf(GuestAddressException.class);
    }

    @Test
    void givesHostAddressesOfRanges() {
        GuestRange range = memory.range(HIGH + 0x5000, 0x1000);
        assertThat(range.guestAddress()).isEqualTo(HIGH + 0x5000);
        assertThat(range.length()).isEqualTo(0x1000);
        assertThat(range.hostAddress()).isEqualTo(memory.regions().get(1).hostAddress() + 0x5000);
        assertThat(memory.hostAddress(0x5000, 1))
                .isEqualTo(memory.regions().get(0).hostAddress() + 0x5000);
        assertThat(memory.range(END, 0).length()).as("nothing, at the very end").isZero();
    }

    @Test
    void fillsFromAFileAndSaysWhereItEnds(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[10_000];
        Arrays.fill(bytes, (byte) 0x5a);
        Path path = Files.write(folder.resolve("file"), bytes);
        try (FileChannel file = FileChannel.open(path)) {
            assertThat(memory.fill(2 * GIB - 5000, 9000, file, 500)).isEqualTo(9000);
            assertThat(memory.u8(2 * GIB - 5000)).isEqualTo(0x5a);
            assertThat(memory.u8(2 * GIB + 3999)).isEqualTo(0x5a);
            assertThat(memory.u8(2 * GIB + 4000)).isZero();
            assertThat(memory.fill(0x10_0000, 9000, file, 5000)).isEqualTo(5000);
            assertThatThrownBy(() -> memory.fill(3 * GIB - 1, 2, file, 0)).isInstanceOf(GuestAddressException.class);
        }
    }

    @Test
    void hasNoMemoryAfterClose() {
        GuestMemory closed = GuestMemory.allocate(4096);
        closed.putU8(0, 1);
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.u8(0)).isInstanceOf(GuestAddressException.class);
        assertThat(closed.size()).isZero();
    }

    @Test
    void mapsTheSameFileTwiceAsSharedMemory() {
        try (Fd file = Memfd.sealed("test", 8192);
                GuestMemory one = GuestMemory.map(List.of(new Source(0, 8192, file, 0)));
                GuestMemory other = GuestMemory.map(List.of(new Source(0x10_0000, 4096, file, 4096)))) {
            one.putU32(4096, 0x600d);
            assertThat(other.u32(0x10_0000)).isEqualTo(0x600d);
        }
    }

    @Test
    void refusesRegionsThatOverlapOrCannotBe() {
        try (Fd file = Memfd.sealed("test", 1 << 20)) {
            assertThatThrownBy(() ->
                            GuestMemory.map(List.of(new Source(0, 8192, file, 0), new Source(4096, 4096, file, 8192))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlap");
            assertThatThrownBy(() -> GuestMemory.map(List.of(new Source(0, 0, file, 0))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> GuestMemory.map(List.of(new Source(Long.MAX_VALUE - 4095, 8192, file, 0))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> GuestMemory.map(List.of(new Source(1, 4096, file, 0))))
                    .as("ring indexes would not be aligned in the host")
                    .isInstanceOf(IllegalArgumentException.class);
            List<Source> nine = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                nine.add(new Source(i * 8192L, 4096, file, i * 4096L));
            }
            assertThatThrownBy(() -> GuestMemory.map(nine))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 8");
            GuestMemory.map(nine.subList(0, 8)).close();
        }
    }
}
