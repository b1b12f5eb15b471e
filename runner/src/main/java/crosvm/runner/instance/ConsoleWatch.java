package crosvm.runner.instance;

import com.google.re2j.Pattern;
import crosvm.runner.readiness.ConsoleLines;
import crosvm.runner.report.FailedException;
import crosvm.vmm.FailureReason;
import crosvm.vmm.console.ConsoleLogReader;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A machine's console as lines of text without the terminal's control sequences: what a pattern is looked for in, and what can be
 * shown in a message whatever the guest has written. Used by one thread.
 */
public final class ConsoleWatch implements AutoCloseable {
    private static final int KEPT_LINES = 100;
    private static final long LOOK_AGAIN_MILLISECONDS = 50;

    /** How a wait ended. */
    public enum Result {
        FOUND,
        TIMED_OUT,
        ENDED
    }

    private final StateFolder folder;
    private final ConsoleLogReader reader;
    private final Deque<String> fresh = new ArrayDeque<>();
    private final Deque<String> kept = new ArrayDeque<>();
    private final ConsoleLines lines = new ConsoleLines();

    /** What the guest has written since then. */
    public ConsoleWatch(StateFolder folder, Instant since) {
        this.folder = folder;
        reader = new ConsoleLogReader(folder.consoleLog(), since, false);
    }

    private void read() {
        try {
            reader.read(new OutputStream() {
                @Override
                public void write(int b) {
                    add((byte) b);
                }
            });
        } catch (IOException e) {
            throw new FailedException("the console's log cannot be read: " + FailureReason.of(e), e);
        }
    }

    private void add(byte next) {
        String line = lines.add(next);
        if (line != null) {
            fresh.add(line);
            kept.add(line);
            if (kept.size() > KEPT_LINES) {
                kept.remove();
            }
        }
    }

    /** Whether the pattern is found in a line that came since the last call, or in the unfinished one (a prompt). */
    public boolean finds(Pattern pattern) {
        read();
        while (!fresh.isEmpty()) {
            if (pattern.matcher(fresh.remove()).find()) {
                return true;
            }
        }
        return !lines.open().isEmpty() && pattern.matcher(lines.open()).find();
    }

    /** Waits for a line, or the machine's end. */
    public Result await(Pattern pattern, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            InstanceState state = folder.read();
            if (finds(pattern)) {
                return Result.FOUND;
            }
            if (state == null || !state.phaseNow().isAlive()) {
                return Result.ENDED;
            }
            if (System.nanoTime() > end) {
                return Result.TIMED_OUT;
            }
            try {
                Thread.sleep(LOOK_AGAIN_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Result.TIMED_OUT;
            }
        }
    }

    /** The last lines, at most so many. */
    public List<String> last(int count) {
        read();
        Deque<String> all = new ArrayDeque<>(kept);
        all.add(lines.open());
        List<String> shown = all.stream().filter(line -> !line.isBlank()).toList();
        return shown.subList(Math.max(0, shown.size() - count), shown.size());
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new FailedException("the console's log: " + FailureReason.of(e), e);
        }
    }
}
