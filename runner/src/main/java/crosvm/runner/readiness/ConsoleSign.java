package crosvm.runner.readiness;

import com.google.re2j.Pattern;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A line of the console with a match of a pattern in it, or the beginning of one (a prompt). The guest decides what it writes: lines
 * are cut, and the pattern takes linear time. {@link #accept} belongs to the console's thread.
 */
final class ConsoleSign implements ReadySign, Consumer<ByteBuffer> {
    private final Pattern pattern;
    private final ConsoleLines lines = new ConsoleLines();
    private boolean seen;

    /** @param regex in RE2's syntax */
    ConsoleSign(String regex) {
        pattern = Pattern.compile(regex);
    }

    @Override
    public synchronized void accept(ByteBuffer output) {
        if (seen) {
            return;
        }
        while (output.hasRemaining() && !seen) {
            String line = lines.add(output.get());
            seen = line != null && pattern.matcher(line).find();
        }
        seen = seen || pattern.matcher(lines.open()).find();
        if (seen) {
            notifyAll();
        }
    }

    @Override
    public synchronized @Nullable String look(int patienceMilliseconds) throws InterruptedException {
        long end = System.nanoTime() + patienceMilliseconds * 1_000_000L;
        for (long left = patienceMilliseconds; !seen && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
        return seen ? null : "its console has not shown \"" + pattern.pattern() + "\"";
    }
}
