package crosvm.vmm.virtio.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Little-endian registers one after the other, each with a name, a width and what happens on access. Reads may have any
 * width; a write takes effect when it covers one register, or one half of an 8-byte register (virtio 1.2 §4.1.3.1), and
 * is dropped otherwise.
 */
final class RegisterTable {
    /** One register. {@code write} is null when it is read-only. */
    record Register(
            String name,
            int offset,
            int size,
            LongSupplier read,
            @Nullable LongConsumer write) {}

    private final List<Register> registers = new ArrayList<>();
    private final List<Register> byOffset = new ArrayList<>();

    RegisterTable readOnly(String name, int size, LongSupplier read) {
        return add(new Register(name, size(), size, read, null));
    }

    RegisterTable register(String name, int size, LongSupplier read, LongConsumer write) {
        return add(new Register(name, size(), size, read, write));
    }

    private RegisterTable add(Register register) {
        registers.add(register);
        for (int i = 0; i < register.size; i++) {
            byOffset.add(register);
        }
        return this;
    }

    /** Bytes. */
    int size() {
        return byOffset.size();
    }

    List<Register> registers() {
        return List.copyOf(registers);
    }

    /** Bytes past the end read as 0. */
    long read(int offset, int size) {
        long value = 0;
        for (int done = 0; done < size && offset + done < size(); ) {
            Register register = byOffset.get(offset + done);
            int skip = offset + done - register.offset;
            value |= register.read.getAsLong() >>> 8 * skip << 8 * done;
            done += register.size - skip;
        }
        return size == 8 ? value : value & (1L << 8 * size) - 1;
    }

    void write(int offset, int size, long value) {
        if (offset >= size()) {
            return;
        }
        Register register = byOffset.get(offset);
        int skip = offset - register.offset;
        if (register.write == null) {
            return;
        }
        if (skip == 0 && size == register.size) {
            register.write.accept(value);
        } else if (register.size == 8 && size == 4 && skip % 4 == 0) {
            long half = 0xffff_ffffL << 8 * skip;
            register.write.accept(register.read.getAsLong() & ~half | value << 8 * skip & half);
        }
    }
}
