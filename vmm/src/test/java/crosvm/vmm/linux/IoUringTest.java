package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import crosvm.vmm.linux.abi.IoUringLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A ring of this kernel's. */
@Timeout(120)
class IoUringTest {
    private static final int ENTRIES = 8;
    private static final int EACCES = 13;
    private static final int EBADF = 9;
    private static final int NOP = 0;
    private static final int FSYNC = 3;
    private static final int OPENAT = 18;

    @TempDir
    Path folder;

    private final NativeBuffer data = NativeBuffer.allocate(ENTRIES * 512);
    private IoUring ring;
    private Fd file;

    @BeforeEach
    void makesARing() throws IOException {
        byte[] content = new byte[64 << 10];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 512);
        }
        file = Fd.open(Files.write(folder.resolve("file"), content).toString(), Fd.O_RDWR);
        try {
            ring = IoUring.create("test", ENTRIES);
        } catch (ErrnoException e) {
            assertThat(e.errno())
                    .as("why there is none here: " + e.getMessage())
                    .isIn(Errno.ENOSYS, Errno.EPERM, Errno.EINVAL);
        }
    }

    /** Not a failure: containers and kernel.io_uring_disabled forbid it, and disks do without. */
    private boolean isForbidden() {
        return ring == null;
    }

    @AfterEach
    void closes() {
        if (ring != null) {
            ring.close();
        }
        file.close();
    }

    private IoVectors piece(int i) {
        IoVectors vectors = new IoVectors(1);
        vectors.add(data.address() + i * 512L, 512);
        return vectors;
    }

    private void submit() {
        assertThat(ring.submit()).isZero();
        assertThat(ring.unsubmitted()).isZero();
    }

    private int awaitResult() {
        while (!ring.next()) {
            ring.await();
        }
        return ring.result();
    }

    @Test
    void readsAFullRingManyTimesOverAndTellsWhichIsWhich() {
        if (isForbidden()) {
            return;
        }
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < ENTRIES; i++) {
                ring.read(file, (round * ENTRIES + i) * 512L, piece(i), i);
            }
            submit();
            BitSet back = new BitSet();
            for (int i = 0; i < ENTRIES; i++) {
                assertThat(awaitResult()).isEqualTo(512);
                back.set((int) ring.tag());
                assertThat(data.bytes().get((int) ring.tag() * 512 + 511))
                        .isEqualTo((byte) (round * ENTRIES + ring.tag()));
            }
            assertThat(back.cardinality()).isEqualTo(ENTRIES);
            assertThat(ring.next()).isFalse();
        }
    }

    @Test
    void waitsForACompletionButNotForLong() throws IOException {
        if (isForbidden()) {
            return;
        }
        assertThat(ring.submitAndAwait(1000)).as("nothing in flight").isFalse();
        ring.read(file, 512, piece(0), 3);
        boolean there = ring.submitAndAwait(1000);
        assertThat(ring.unsubmitted()).isZero();
        assertThat(awaitResult()).as("there: " + there).isEqualTo(512);
        assertThat(ring.submitAndAwait(1000)).isFalse();
    }

    @Test
    void writes() throws IOException {
        if (isForbidden()) {
            return;
        }
        data.bytes().put(0, (byte) 99);
        ring.write(file, 1024, piece(0), 5);
        submit();
        assertThat(awaitResult()).isEqualTo(512);
        assertThat(Files.readAllBytes(folder.resolve("file"))[1024]).isEqualTo((byte) 99);
    }

    @Test
    void tellsTheEndOfTheFileAndErrors() {
        if (isForbidden()) {
            return;
        }
        ring.read(file, 64 << 10, piece(0), 1);
        submit();
        assertThat(awaitResult()).isZero();
        try (Fd readOnly = Fd.open(folder.resolve("file").toString(), Fd.O_RDONLY)) {
            ring.write(readOnly, 0, piece(0), 2);
            submit();
            assertThat(awaitResult()).isEqualTo(-EBADF);
        }
    }

    @Test
    void takesNothingButReadsAndWrites() {
        if (isForbidden()) {
            return;
        }
        for (int operation : new int[] {NOP, FSYNC, OPENAT, 4, 5, 6, 9, 10, 13, 17, 22, 23, 28, 40}) {
            ring.put(operation, file, 0, piece(0), operation);
            submit();
            assertThat(awaitResult()).as("operation " + operation).isEqualTo(-EACCES);
        }
        ring.put(IoUringLayout.OP_READV, file, 0, piece(0), 1);
        submit();
        assertThat(awaitResult()).isEqualTo(512);
    }

    @Test
    void refusesMoreThanItHolds() {
        if (isForbidden()) {
            return;
        }
        for (int i = 0; i < ENTRIES; i++) {
            ring.read(file, 0, piece(i), i);
        }
        assertThatIllegalStateException().isThrownBy(() -> ring.read(file, 0, piece(0), 99));
        submit();
        for (int i = 0; i < ENTRIES; i++) {
            assertThat(awaitResult()).isEqualTo(512);
        }
    }
}
