package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MappingTest {
    private static final long MIB = 1 << 20;
    private static final int F_GET_SEALS = 1034;

    @ParameterizedTest
    @ValueSource(longs = {4096, 12288, 2 * MIB, 5 * MIB + 4096})
    void alignsAndSharesAnySize(long size) {
        try (Fd file = Memfd.sealed("test", size);
                Mapping aligned = Mapping.sharedAligned(file, 0, size, 2 * MIB);
                Mapping plain = Mapping.shared(file, 0, size)) {
            assertThat(aligned.address() % (2 * MIB)).isZero();
            assertThat(aligned.size()).isEqualTo(size);
            ByteBuffer bytes = aligned.buffer(size - 8, 8);
            assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            bytes.putLong(0, 0x1234_5678_9abcL);
            assertThat(plain.buffer(0, size).getLong((int) size - 8)).isEqualTo(0x1234_5678_9abcL);
        }
    }

    @Test
    void leavesNothingMappedAroundOrBehind() throws Exception {
        long address;
        long size = 3 * MIB;
        try (Fd file = Memfd.sealed("mapping-test-edges", size)) {
            Mapping mapping = Mapping.sharedAligned(file, 0, size, 2 * MIB);
            address = mapping.address();
            assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
                    .filteredOn(line -> line.contains("mapping-test-edges"))
                    .singleElement()
                    .asString()
                    .startsWith("%x-%x ".formatted(address, address + size));
            mapping.close();
            mapping.close();
            assertThatThrownBy(() -> mapping.buffer(0, 1)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("mapping-test-edges");
    }

    @Test
    void refusesBuffersOutsideItself() {
        try (Fd file = Memfd.sealed("test", 4096);
                Mapping mapping = Mapping.shared(file, 0, 4096)) {
            assertThat(mapping.buffer(4096, 0).capacity()).isZero();
            assertThatThrownBy(() -> mapping.buffer(1, 4096)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> mapping.buffer(-1, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> mapping.buffer(0, -1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> mapping.buffer(Long.MAX_VALUE, 2)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void namesTheFileThatCannotBeMapped() {
        try (Fd file = Memfd.sealed("odd", 8192)) {
            assertThatThrownBy(() -> Mapping.shared(file, 1, 4096))
                    .hasMessage("memfd odd: mmap of 4096 bytes: EINVAL" + " (invalid argument)");
            assertThatThrownBy(() -> Mapping.sharedAligned(file, 1, 4096, 2 * MIB))
                    .isInstanceOf(ErrnoException.class);
        }
    }

    @Test
    void sealsMemfdsAgainstEveryChangeOfSize() {
        try (Fd file = Memfd.sealed("sealed", 8192)) {
            assertThat(LibC.ftruncate(file.number(), 4096)).as("shrink").isEqualTo(-1);
            assertThat(LibC.errno()).isEqualTo(Errno.EPERM.code());
            assertThat(LibC.ftruncate(file.number(), 16384)).as("grow").isEqualTo(-1);
            assertThat(LibC.errno()).isEqualTo(Errno.EPERM.code());
            assertThat(LibC.fallocate(file.number(), 0, 0, 16384))
                    .as("grow by allocation")
                    .isEqualTo(-1);
            assertThat(LibC.fcntl(file.number(), F_GET_SEALS, 0)).isEqualTo(7);
            assertThat(LibC.fcntl(file.number(), 1033, 8)).as("no more seals").isEqualTo(-1);
        }
    }
}
