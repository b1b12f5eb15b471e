package crosvm.vmm.boot.smbios;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one structure: header (type, length, handle), little-endian fields in order, then the strings that the fields name
 * by number, each with a zero, and a zero more at the end (DSP0134 §6.1.2, §6.1.3). Owned by whoever builds the table.
 */
final class Structure {
    private static final int MAX_STRINGS = 255;

    private final ByteArrayOutputStream formatted = new ByteArrayOutputStream();
    private final List<byte[]> strings = new ArrayList<>();

    Structure(int type, int handle) {
        u8(type).u8(0).u16(handle);
    }

    Structure u8(int value) {
        formatted.write(value);
        return this;
    }

    Structure u16(int value) {
        return u8(value).u8(value >>> 8);
    }

    Structure u64(long value) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            u8((int) (value >>> shift));
        }
        return this;
    }

    Structure zeros(int count) {
        formatted.writeBytes(new byte[count]);
        return this;
    }

    /** A field that names a string by its number. */
    Structure string(String text) {
        return u8(add(text));
    }

    /** Adds a string that no field names by itself; returns its number, from 1 to 255. */
    int add(String text) {
        if (strings.size() == MAX_STRINGS) {
            throw new IllegalStateException("a structure has at most " + MAX_STRINGS + " strings");
        }
        strings.add(text.getBytes(StandardCharsets.UTF_8));
        return strings.size();
    }

    byte[] bytes() {
        byte[] fields = formatted.toByteArray();
        fields[1] = (byte) fields.length;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(fields);
        for (byte[] string : strings) {
            all.writeBytes(string);
            all.write(0);
        }
        // Without strings there are two zeros.
        all.writeBytes(new byte[strings.isEmpty() ? 2 : 1]);
        return all.toByteArray();
    }
}
