package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FetchedFileTest {
    private static final int BLOCK = 256 << 10;

    private final List<Long> asked = new ArrayList<>();

    /** A disk on which each block is full of its number, from 1 on. */
    private ByteBuffer disk(long offset, int length) {
        asked.add(offset / BLOCK);
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            bytes.put((byte) (offset / BLOCK + 1));
        }
        return bytes.flip();
    }

    @Test
    void fetchesWhatIsReadOnceAndNothingElse() throws IOException {
        long size = (10L << 30) + 512;
        try (FetchedFile file = new FetchedFile(size, this::disk)) {
            assertThat(FileType.sizeOf(file.file())).isEqualTo(size);
            ByteBuffer both = file.read(BLOCK - 1, 2);
            assertThat(both.get(0)).isEqualTo((byte) 1);
            assertThat(both.get(1)).isEqualTo((byte) 2);
            assertThat(file.fetch(0, 2 * BLOCK)).isTrue();
            assertThat(asked).containsExactly(0L, 1L);
            assertThat(file.fetch(size - 1, 1 << 20)).isTrue();
            assertThat(file.fetch(size, 1 << 20)).isTrue();
            assertThat(file.fetch(Long.MAX_VALUE - 5, 1 << 20)).isTrue();
            assertThat(asked).containsExactly(0L, 1L, 40960L);
            assertThat(FileType.sizeOf(file.file())).isEqualTo(size);
            assertThat(file.read(size, 4).getInt(0)).as("behind the end").isZero();
        }
    }

    @Test
    void staysFailedWithItsReasonOnceSomethingCouldNotBeFetched() {
        try (FetchedFile file = new FetchedFile(10 * BLOCK, (offset, length) -> {
            if (offset > 0) {
                throw new VmmException("it is gone");
            }
            return disk(offset, length);
        })) {
            assertThat(file.fetch(0, 1)).isTrue();
            assertThat(file.failure()).isNull();
            assertThat(file.fetch(BLOCK, 1)).isFalse();
            assertThat(file.fetch(0, 1)).isFalse();
            assertThatThrownBy(() -> file.read(0, 1)).hasMessage("it is gone");
        }
    }

    @Test
    void hasABoundForReadersThatReadForEver() {
        ByteBuffer none = ByteBuffer.allocate(0);
        try (FetchedFile file = new FetchedFile(1L << 40, (offset, length) -> none.duplicate())) {
            assertThat(file.fetch(0, 4L << 30)).isTrue();
            assertThat(file.fetch(4L << 30, 1)).isFalse();
            assertThat(file.failure()).isEqualTo("more than 4294967296 bytes of it are read");
        }
    }
}
