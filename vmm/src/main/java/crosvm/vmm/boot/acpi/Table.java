package crosvm.vmm.boot.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes one system description table: header first (ACPI 6.5 §5.2.6), then little-endian fields in order; {@link
 * #bytes} puts in length and checksum. Owned by whoever builds the table.
 */
final class Table {
    static final String OEM_ID = "CROSVM";
    private static final String OEM_TABLE_ID = "CROSVMJ ";
    private static final int OEM_REVISION = 1;
    private static final String CREATOR_ID = "CRJV";
    private static final int LENGTH_AT = 4;
    private static final int CHECKSUM_AT = 9;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Table(String signature, int revision) {
        text(signature).u32(0).u8(revision).u8(0);
        text(OEM_ID).text(OEM_TABLE_ID).u32(OEM_REVISION).text(CREATOR_ID).u32(OEM_REVISION);
    }

    Table u8(int value) {
        out.write(value);
        return this;
    }

    Table u16(int value) {
        return u8(value).u8(value >>> 8);
    }

    Table u32(long value) {
        return u16((int) value).u16((int) (value >>> 16));
    }

    Table u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    Table text(String ascii) {
        return bytes(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    Table bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    Table zeros(int count) {
        return bytes(new byte[count]);
    }

    /** A generic address in I/O space (ACPI 6.5 §5.2.3.2). {@code accessSize}: 1 byte, 2 word, 3 double word. */
    Table ioAddress(int port, int bits, int accessSize) {
        return u8(1).u8(bits).u8(0).u8(accessSize).u64(port);
    }

    /** A generic address that says there is none. */
    Table noAddress() {
        return zeros(12);
    }

    byte[] bytes() {
        byte[] table = out.toByteArray();
        for (int i = 0; i < 4; i++) {
            table[LENGTH_AT + i] = (byte) (table.length >>> 8 * i);
        }
        table[CHECKSUM_AT] = checksum(table, table.length);
        return table;
    }

    /** The byte that makes the first {@code length} bytes sum up to zero, given that it counts as zero itself now. */
    static byte checksum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[i];
        }
        return (byte) -sum;
    }
}
