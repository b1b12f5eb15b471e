package crosvm.vmm.control;

import crosvm.vmm.linux.NativeBuffer;
import java.util.Arrays;

/** Bytes that arrive in pieces and go out in lines; holds one line more than was taken, at most. Used by one thread. */
final class LineBuffer {
    private static final int INITIAL_BYTES = 512;

    private final int most;
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int filled;
    private int looked;

    /** @param most the longest line, without its line feed */
    LineBuffer(int most) {
        this.most = most;
    }

    /** How many bytes may be added now: 1 or more unless {@link #isTooLong()} or a whole line is there. */
    int room() {
        return most + 1 - filled;
    }

    void add(NativeBuffer from, int length) {
        if (filled + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(most + 1, Math.max(filled + length, 2 * bytes.length)));
        }
        from.bytes().get(0, bytes, filled, length);
        filled += length;
    }

    /** Takes the next line, without its line feed; null when there is none yet. */
    byte @org.jspecify.annotations.Nullable [] next() {
        while (looked < filled) {
            if (bytes[looked++] == '\n') {
                byte[] line = Arrays.copyOf(bytes, looked - 1);
                System.arraycopy(bytes, looked, bytes, 0, filled - looked);
                filled -= looked;
                looked = 0;
                return line;
            }
        }
        return null;
    }

    boolean isEmpty() {
        return filled == 0;
    }

    /** After {@link #next} found none: no line that long is taken. */
    boolean isTooLong() {
        return filled > most;
    }
}
