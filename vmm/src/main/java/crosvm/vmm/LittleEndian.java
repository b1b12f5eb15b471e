package crosvm.vmm;

import java.nio.ByteBuffer;

/** Numbers of any width up to 8 bytes as the guest and its devices lay them out: the lowest byte first. */
public final class LittleEndian {
    private LittleEndian() {}

    /** The {@code width} bytes at {@code offset}, unsigned below 8 bytes. */
    public static long get(byte[] bytes, int offset, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            value |= (bytes[offset + i] & 0xffL) << 8 * i;
        }
        return value;
    }

    /** Sets the {@code width} bytes at {@code offset} to the lowest ones of {@code value}. */
    public static void put(byte[] bytes, int offset, int width, long value) {
        for (int i = 0; i < width; i++) {
            bytes[offset + i] = (byte) (value >>> 8 * i);
        }
    }

    /** The {@code width} bytes at {@code offset}, whatever the buffer's own order. */
    public static long get(ByteBuffer bytes, int offset, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            value |= (bytes.get(offset + i) & 0xffL) << 8 * i;
        }
        return value;
    }

    /** Sets the {@code width} bytes at {@code offset}, whatever the buffer's own order. */
    public static void put(ByteBuffer bytes, int offset, int width, long value) {
        for (int i = 0; i < width; i++) {
            bytes.put(offset + i, (byte) (value >>> 8 * i));
        }
    }
}
