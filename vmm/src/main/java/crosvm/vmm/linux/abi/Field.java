package crosvm.vmm.linux.abi;

import java.nio.ByteBuffer;

/**
 * One member of a C struct: its name, byte offset, element size (1, 2, 4 or 8 bytes) and number of elements (1 unless
 * an array). Values travel as {@code long}; smaller ones are zero-extended on reading and truncated on writing. The
 * buffer must be little-endian, as x86-64 is.
 */
public record Field(String name, int offset, int elementSize, int count) {
    /** Bytes of the whole member. */
    public int size() {
        return elementSize * count;
    }

    public long get(ByteBuffer struct) {
        return get(struct, 0, 0);
    }

    public void set(ByteBuffer struct, long value) {
        set(struct, 0, 0, value);
    }

    /** Element {@code index} of this member in the struct that starts at byte {@code base}. */
    public long get(ByteBuffer buffer, int base, int index) {
        int at = base + offset + index * elementSize;
        return switch (elementSize) {
            case 1 -> Byte.toUnsignedLong(buffer.get(at));
            case 2 -> Short.toUnsignedLong(buffer.getShort(at));
            case 4 -> Integer.toUnsignedLong(buffer.getInt(at));
            default -> buffer.getLong(at);
        };
    }

    public void set(ByteBuffer buffer, int base, int index, long value) {
        int at = base + offset + index * elementSize;
        switch (elementSize) {
            case 1 -> buffer.put(at, (byte) value);
            case 2 -> buffer.putShort(at, (short) value);
            case 4 -> buffer.putInt(at, (int) value);
            default -> buffer.putLong(at, value);
        }
    }
}
