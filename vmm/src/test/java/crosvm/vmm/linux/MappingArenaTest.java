package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.jna.LibC;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MappingArenaTest {
    private static final int SIZE = 4 * 4096;

    private final MappingArena arena = new MappingArena(SIZE, true);

    @AfterEach
    void closes() {
        arena.close();
    }

    @Test
    void mapsFilesBesideEachOtherAndZeroesElsewhere() {
        try (Fd file = Memfd.sealed("test", 8192)) {
            arena.map(4096, file, 8192);
            set(4096 + 5, 7);
            arena.map(3 * 4096, file, 4096);
            assertThat(get(3 * 4096 + 5)).isEqualTo(7);
            assertThat(get(5)).isZero();
            set(0, 1);
            arena.map(0, file, 4096);
            assertThat(get(5)).isEqualTo(7);
            arena.unmap(0, SIZE);
            for (int page = 0; page < SIZE; page += 4096) {
                assertThat(get(page)).isZero();
                assertThat(get(page + 5)).isZero();
            }
        }
    }

    /** Kernels may make room before they ask the file: then there would be nothing at all, and a vCPU that looks there fails. */
    @Test
    void hasZeroesWhereAFileCouldNotBeMapped() {
        try (Fd file = Memfd.sealed("test", 4096);
                Fd constant = Memfd.constant("constant", "constant".getBytes(StandardCharsets.US_ASCII))) {
            arena.map(0, file, 4096);
            set(0, 1);
            assertThatThrownBy(() -> arena.map(0, constant, 4096))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
            assertThat(get(0)).isZero();
            set(0, 1);
            assertThat(get(0)).isEqualTo(1);
        }
    }

    @Test
    void showsAConstantFileInAnArenaForReading() {
        try (Fd constant = Memfd.constant("constant", "constant".getBytes(StandardCharsets.US_ASCII));
                MappingArena reading = new MappingArena(SIZE, false)) {
            reading.map(4096, constant, 4096);
            assertThat(LibC.bufferAt(reading.address() + 4096, 8).get(7)).isEqualTo((byte) 't');
            reading.unmap(4096, 4096);
            assertThat(LibC.bufferAt(reading.address(), SIZE).get(4096 + 7)).isZero();
        }
    }

    @Test
    void refusesRangesThatItDoesNotHave() {
        try (Fd file = Memfd.sealed("test", SIZE)) {
            for (long[] range :
                    new long[][] {{4096, SIZE}, {-4096, 4096}, {0, 0}, {0, -4096}, {SIZE, 4096}, {Long.MAX_VALUE, 4096}
                    }) {
                assertThatThrownBy(() -> arena.map(range[0], file, range[1])).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> arena.unmap(range[0], range[1])).isInstanceOf(IllegalStateException.class);
            }
            arena.close();
            assertThatThrownBy(() -> arena.map(0, file, 4096)).isInstanceOf(IllegalStateException.class);
        }
    }

    private int get(int at) {
        return LibC.bufferAt(arena.address(), SIZE).get(at);
    }

    private void set(int at, int value) {
        LibC.bufferAt(arena.address(), SIZE).put(at, (byte) value);
    }
}
