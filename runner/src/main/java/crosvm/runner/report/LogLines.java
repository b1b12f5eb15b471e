package crosvm.runner.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What stands between a log and the output: holds lines back until {@link #release}, so that only the last ones come out, and
 * puts the machine's name before each where several machines' logs are shown. Bytes pass as they are. Used by one thread.
 */
public final class LogLines extends OutputStream {
    private final OutputStream to;
    private final byte[] prefix;
    private final int last;
    private final Deque<byte[]> held = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean holding;

    /**
     * @param prefix before each line; empty for none
     * @param last how many lines of what comes before {@link #release} are let through; negative for all
     */
    public LogLines(OutputStream to, String prefix, int last) {
        this.to = to;
        this.prefix = prefix.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        this.last = last;
        this.holding = last >= 0;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!holding && prefix.length == 0) {
            to.write(bytes, offset, length);
            return;
        }
        for (int i = offset; i < offset + length; i++) {
            line.write(bytes[i]);
            if (bytes[i] == '\n') {
                endLine();
            }
        }
    }

    private void endLine() throws IOException {
        byte[] whole = line.toByteArray();
        line.reset();
        if (!holding) {
            pass(whole);
            return;
        }
        held.add(whole);
        if (held.size() > last) {
            held.remove();
        }
    }

    private void pass(byte[] whole) throws IOException {
        to.write(prefix);
        to.write(whole);
        if (prefix.length > 0 && whole[whole.length - 1] != '\n') {
            to.write('\n'); // Another machine's line may follow.
        }
    }

    /** Lets through what was held back, a line that has not ended among it, and from now on everything. */
    public void release() throws IOException {
        if (!holding) {
            return;
        }
        if (line.size() > 0 && prefix.length == 0) {
            endLine();
        } else if (line.size() > 0 && held.size() == last && last > 0) {
            held.remove(); // The line that has not ended is one of the last.
        }
        holding = false;
        for (byte[] whole : held) {
            pass(whole);
        }
        held.clear();
    }

    /** Lets through what is left: a line that has not ended. */
    public void end() throws IOException {
        release();
        if (line.size() > 0) {
            endLine();
        }
    }
}
