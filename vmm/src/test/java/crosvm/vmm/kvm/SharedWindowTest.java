package crosvm.vmm.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.IoVectors;
import crosvm.vmm.linux.Mapping;
import crosvm.vmm.linux.Memfd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.Pipe;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedWindowTest {
    private static final long START = 0x1_4000_0000L;
    private static final long WINDOW = 4L << 30;
    private static final int FIRST_SLOT = 8;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_SEAL_WRITE = 8;
    private static final int F_SEAL_FUTURE_WRITE = 16;

    private record Slot(long address, long size, long host, boolean readOnly) {}

    private final Map<Integer, Slot> slots = new HashMap<>();
    private final SharedWindow window = new SharedWindow(this::set, START, WINDOW, FIRST_SLOT);
    private boolean refuse;
    private int calls;

    private void set(int slot, long address, long size, long host, boolean readOnly) {
        if (refuse) {
            throw new ErrnoException("KVM_SET_USER_MEMORY_REGION", Errno.ENOMEM.code());
        }
        calls++;
        assertThat(slots.containsKey(slot)).as("slot %d is in use", slot).isEqualTo(size == 0);
        if (size == 0) {
            slots.remove(slot);
        } else {
            slots.put(slot, new Slot(address, size, host, readOnly));
        }
    }

    @Test
    void keepsOneMemslotWhateverComesAndGoes() {
        try (Fd file = Memfd.sealed("test", 8192)) {
            assertThat(slots).isEmpty();
            assertThat(window.map(file, 8192)).isEqualTo(START);
            assertThat(slots).containsOnlyKeys(FIRST_SLOT);
            Slot slot = Objects.requireNonNull(slots.get(FIRST_SLOT));
            assertThat(slot.readOnly()).isFalse();
            assertThat(slot.address()).isEqualTo(START);
            for (int i = 0; i < 3000; i++) {
                assertThat(window.map(file, 4096)).isEqualTo(START + 8192);
                window.unmap(START + 8192);
            }
            window.unmap(START);
            assertThat(window.map(file, 8192)).isEqualTo(START);
            window.clear();
            assertThat(window.map(file, 8192)).isEqualTo(START);
            assertThat(slots).containsOnly(Map.entry(FIRST_SLOT, slot));
            assertThat(calls).isEqualTo(1);
            window.close();
            assertThat(slots).isEmpty();
            assertErrno(Errno.ENODEV, () -> window.map(file, 4096));
        }
    }

    @Test
    void showsEachFileAtItsAddressAndZeroesWhereThereIsNone() {
        try (Fd first = Memfd.sealed("first", 8192);
                Fd second = Memfd.sealed("second", 4096);
                Mapping inFirst = Mapping.shared(first, 0, 8192);
                Mapping inSecond = Mapping.shared(second, 0, 4096)) {
            inFirst.buffer(0, 8192).putInt(4096, 1111);
            inSecond.buffer(0, 4096).putInt(0, 2222);
            long firstAt = window.map(first, 8192);
            long secondAt = window.map(second, 4096);
            assertThat(atGuest(firstAt + 4096).getInt(0)).isEqualTo(1111);
            assertThat(atGuest(secondAt).getInt(0)).isEqualTo(2222);
            atGuest(secondAt).putInt(4, 3333);
            assertThat(inSecond.buffer(0, 4096).getInt(4)).isEqualTo(3333);
            window.unmap(firstAt);
            assertThat(atGuest(firstAt + 4096).getInt(0)).isZero();
            assertThat(atGuest(secondAt).getInt(0)).isEqualTo(2222);
            atGuest(firstAt).putInt(0, 4444); // Where no file is the guest may write what it likes, but nobody sees it.
            assertThat(window.map(second, 4096)).isEqualTo(firstAt);
            assertThat(atGuest(firstAt).getInt(0)).isEqualTo(2222);
            window.clear();
            assertThat(atGuest(firstAt).getInt(0)).isZero();
            assertThat(atGuest(secondAt).getInt(0)).isZero();
            assertThat(inFirst.buffer(0, 8192).getInt(4096)).isEqualTo(1111);
            window.close();
        }
    }

    private ByteBuffer atGuest(long address) {
        Slot slot = Objects.requireNonNull(slots.get(FIRST_SLOT));
        return LibC.bufferAt(slot.host() + address - slot.address(), 4096);
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
    void showsAFileThatMustNotBeWrittenToUnderAReadOnlySlot() {
        for (int seal : new int[] {F_SEAL_WRITE, F_SEAL_FUTURE_WRITE}) {
            try (Fd keymap = Memfd.unsealed("keymap", 4096);
                    Fd buffer = Memfd.sealed("buffer", 4096)) {
                NativeBuffer text = NativeBuffer.allocate(4096);
                text.bytes().putInt(0, seal);
                IoVectors vectors = new IoVectors(1);
                vectors.add(text.address(), 4096);
                assertThat(vectors.writeAt(keymap, 0)).isEqualTo(4096);
                assertThat(LibC.fcntl(keymap.number(), F_ADD_SEALS, 2 | 4 | seal))
                        .isZero();
                long address = window.map(keymap, 4096);
                assertThat(window.map(buffer, 4096)).isEqualTo(START);
                Slot slot = Objects.requireNonNull(slots.get(FIRST_SLOT + 1));
                assertThat(slot.readOnly()).isTrue();
                assertThat(address).isEqualTo(slot.address());
                assertThat(LibC.bufferAt(slot.host(), 4096).getInt(0)).isEqualTo(seal);
                window.unmap(address);
                assertThat(LibC.bufferAt(slot.host(), 4096).getInt(0)).isZero();
                window.clear();
            }
        }
        window.close();
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
            assertErrno(Errno.ENOMEM, () -> narrow.map(file, 1 << 19));
            refuse = false;
            long address = narrow.map(file, 1 << 19);
            assertErrno(Errno.ENOSPC, () -> narrow.map(file, 4096));
            narrow.unmap(address);
            assertThat(narrow.map(file, 4096)).isEqualTo(START);
        }
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
