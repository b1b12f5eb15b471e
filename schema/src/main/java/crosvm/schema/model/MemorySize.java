package crosvm.schema.model;

import java.math.BigDecimal;
import java.util.Locale;

/**
 * An amount of memory or storage, in bytes, never negative. Written {@code 512MiB}, {@code 2GiB} or as a plain number of
 * MiB.
 *
 * @param bytes zero or more
 */
public record MemorySize(long bytes) implements Comparable<MemorySize> {
    /** The page size of x86-64, and so the grain of guest memory, in bytes. */
    public static final long PAGE = 4096;

    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    /** Refuses a negative number of bytes with an {@link IllegalArgumentException}. */
    public MemorySize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size cannot be negative: " + bytes);
        }
    }

    /** A number of MiB. */
    public static MemorySize ofMib(long mib) {
        return new MemorySize(Math.multiplyExact(mib, 1L << 20));
    }

    /**
     * Reads a size.
     *
     * @param text digits, then nothing (MiB) or one of {@code B KiB MiB GiB TiB}
     * @throws IllegalArgumentException with a message for the user when the text is no size
     */
    public static MemorySize parse(String text) {
        return parse(text, "512MiB, 2GiB or a plain number of MiB");
    }

    /**
     * Reads a size where a plain number would be a question.
     *
     * @param text digits, then one of {@code B KiB MiB GiB TiB}
     * @throws IllegalArgumentException with a message for the user when the text is no such size
     */
    public static MemorySize parseWithUnit(String text) {
        if (text.matches("[0-9]+")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has no unit; write " + text + "GiB or " + text + "MiB");
        }
        return parse(text, "20GiB or 512MiB");
    }

    private static MemorySize parse(String text, String examples) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        String unit = text.substring(digits);
        int power = unit.isEmpty() ? 2 : unitIndex(unit);
        if (digits == 0 || power < 0) {
            throw new IllegalArgumentException(complaint(text, digits, unit, examples));
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(Long.parseLong(text.substring(0, digits)), 1L << (10 * power));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" is more than 8 EiB", e);
        }
        return new MemorySize(bytes);
    }

    private static int unitIndex(String unit) {
        for (int i = 0; i < UNITS.length; i++) {
            if (UNITS[i].equals(unit)) {
                return i;
            }
        }
        return -1;
    }

    private static String complaint(String text, int digits, String unit, String examples) {
        String no = "\"" + text + "\" is not a size: ";
        String base = no + "write " + examples;
        if (digits == 0) {
            return base;
        }
        if (unit.matches("\\.[0-9]{1,6}[KMGT]iB") && digits <= 6) {
            BigDecimal exact = new BigDecimal(text.substring(0, text.length() - 3))
                    .multiply(BigDecimal.valueOf(1L << 10 * unitIndex(text.substring(text.length() - 3))));
            return exact.remainder(BigDecimal.valueOf(PAGE)).signum() == 0
                    ? no + "it has no fractions, write " + new MemorySize(exact.longValueExact())
                    : base;
        }
        String letter = unit.strip().toUpperCase(Locale.ROOT);
        for (int i = 1; i < UNITS.length; i++) {
            char first = UNITS[i].charAt(0);
            if (letter.equals(String.valueOf(first)) || letter.matches(first + "(I|B|IB)")) {
                return no + "did you mean " + text.substring(0, digits) + UNITS[i] + "?";
            }
        }
        return base;
    }

    /** Whole MiB, rounded down. */
    public long toMib() {
        return bytes >> 20;
    }

    @Override
    public int compareTo(MemorySize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The shortest exact text with a unit; {@link #parse} reads it back. */
    @Override
    public String toString() {
        int power = 0;
        long value = bytes;
        while (value != 0 && power < UNITS.length - 1 && (value & 1023) == 0) {
            value >>= 10;
            power++;
        }
        return bytes == 0 ? "0MiB" : value + UNITS[power];
    }
}
