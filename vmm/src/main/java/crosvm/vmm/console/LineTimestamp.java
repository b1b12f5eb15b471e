package crosvm.vmm.console;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** The time before each line of a {@link ConsoleLog}: UTC, to the millisecond, and a space. Used by one thread. */
final class LineTimestamp {
    /** Bytes of {@code 2026-11-24T08:44:17.123Z } with its space. */
    static final int LENGTH = 25;

    private final InstantSource clock;
    private final byte[] text = "0000-00-00T00:00:00.000Z ".getBytes(StandardCharsets.US_ASCII);
    private long second = Long.MIN_VALUE;

    LineTimestamp(InstantSource clock) {
        this.clock = clock;
    }

    /** Puts the time now. */
    void put(ByteBuffer into) {
        long now = clock.millis();
        if (Math.floorDiv(now, 1000L) != second) {
            second = Math.floorDiv(now, 1000L);
            LocalDateTime at = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
            digits(0, 4, at.getYear());
            digits(5, 2, at.getMonthValue());
            digits(8, 2, at.getDayOfMonth());
            digits(11, 2, at.getHour());
            digits(14, 2, at.getMinute());
            digits(17, 2, at.getSecond());
        }
        digits(20, 3, (int) Math.floorMod(now, 1000L));
        into.put(text);
    }

    private void digits(int at, int count, int value) {
        int rest = value;
        for (int i = at + count - 1; i >= at; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /** The time that a line of a log begins with, or null where it begins with something else. */
    static @Nullable Instant of(byte[] line, int length) {
        if (length < LENGTH || line[LENGTH - 1] != ' ' || line[LENGTH - 2] != 'Z') {
            return null;
        }
        try {
            return Instant.parse(new String(line, 0, LENGTH - 1, StandardCharsets.US_ASCII));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
