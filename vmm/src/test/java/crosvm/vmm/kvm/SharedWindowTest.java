package crosvm.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedWindowTest {
    private static final long START = 0x1_4000_0000L;
    private static final long WINDOW = 4L << 30;
    private static final int FIRST_SLOT = 8;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_WRITE = 8;

    private record Slot(long address, long size, long host, boolean readOnly) {}

    private final Map<Integer, Slot> slots = new HashMap<>();
    private final SharedWindow window = new SharedWindow(this::set, START, WINDOW, FIRST_SLOT);
    private boolean refuse;

    private void set(int slot, long address, long size, long host, boolean readOnly) {
        if (refuse) {
            throw new ErrnoException("KVM_SET_USER_MEMORY_REGION", Errno.ENOMEM.code());
        }
        assertThat(slots.containsKey(slot)).as("slot %d is in use", slot).isEqualTo(size == 0);
        if (size == 0) {
            slots.remove(slot);
        } else {
            slots.put(slot, new Slot(address, size, host, readOnly));
        }
    }

    @Test
    void givesEveryFileASlotAndUsesSlotsAndAddressesAgain() {
        try (Fd file = Memfd.sealed("test", 8192)) {
            assertThat(window.map(file, 8192)).isEqualTo(START);
            assertThat(window.map(file, 4096)).isEqualTo(START + 8192);
            assertThat(slots).containsOnlyKeys(FIRST_SLOT, FIRST_SLOT + 1);
            assertThat(slots.get(FIRST_SLOT).readOnly()).isFalse();
            window.unmap(START);
            assertThat(slots).containsOnlyKeys(FIRST_SLOT + 1);
            assertThat(window.map(file, 8192)).isEqualTo(START);
            window.close();
            assertThat(slots).isEmpty();
            assertErrno(Errno.ENODEV, () -> window.map(file, 4096));
        }
    }

    @Test
    void refusesWhatCannotBeMapped(@TempDir Path folder) throws IOException {
        String path = Files.write(folder.resolve("file"), new byte[8192]).toString();
        try (Fd memory = Memfd.sealed("test", 5000);
                Fd truncatable = Fd.open(path, Fd.O_RDWR);
                Pipe pipe = Pipe.create("test")) {
            for (long size : new long[] {0, 1, 4095, 4097, -4096, Long.MIN_VALUE, 12288}) {
                assertErrno(Errno.EINVAL, () -> window.map(memory, size));
            }
            assertErrno(Errno.EINVAL, () -> window.map(truncatable, 4096));
            assertErrno(Errno.EINVAL, () -> window.map(pipe.reader(), 4096));
            window.map(memory, 8192); // Its last page is there as a whole.
            assertErrno(Errno.EINVAL, () -> window.unmap(START + 4096));
            assertErrno(Errno.EINVAL, () -> window.unmap(0));
            assertThat(window.count()).isEqualTo(1);
            window.close();
        }
    }

    @Test
    void showsAFileSealedAgainstWritingReadOnly() {
        try (Fd keymap = Memfd.unsealed("keymap", 4096)) {
            assertThat(LibC.fcntl(keymap.number(), F_ADD_SEALS, 2 | 4 | F_SEAL_WRITE))
                    .isZero();
            window.map(keymap, 4096);
            assertThat(slots.get(FIRST_SLOT).readOnly()).isTrue();
            window.close();
        }
    }

    @Test
    void hasAQuotaOfBytesAndOfFiles() {
        try (Fd large = Memfd.sealed("large", SharedWindow.MAX_BYTES);
                Fd small = Memfd.sealed("small", 4096)) {
            assertErrno(Errno.ENOSPC, () -> window.map(large, SharedWindow.MAX_BYTES + 4096));
            long address = window.map(large, SharedWindow.MAX_BYTES);
            assertErrno(Errno.ENOSPC, () -> window.map(small, 4096));
            window.unmap(address);
            for (int i = 0; i < SharedWindow.MAX_MAPPINGS; i++) {
                window.map(small, 4096);
            }
            assertErrno(Errno.ENOSPC, () -> window.map(small, 4096));
            window.unmap(START);
            assertThat(window.map(small, 4096)).isEqualTo(START);
            window.clear();
            assertThat(window.map(large, SharedWindow.MAX_BYTES)).isEqualTo(START);
            window.close();
        }
    }

    @Test
    void staysWithinItsAddressSpaceAndUndoesWhatKvmRefuses() {
        try (Fd file = Memfd.sealed("test", 1 << 20);
                SharedWindow narrow = new SharedWindow(this::set, START, 1 << 20, FIRST_SLOT)) {
            refuse = true;
            assertErrno(Errno.ENOMEM, () -> narrow.map(file, 1 << 20));
            refuse = false;
            long address = narrow.map(file, 1 << 20);
            assertErrno(Errno.ENOSPC, () -> narrow.map(file, 4096));
            narrow.unmap(address);
        }
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
