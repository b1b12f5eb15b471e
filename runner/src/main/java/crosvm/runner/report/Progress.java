package crosvm.runner.report;

import java.io.PrintStream;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One line on the terminal for what takes longer than a second: what is waited for, and how long already; gone when it is
 * over. Off the terminal it says nothing. A thread of its own keeps the line; all methods may be called by any.
 */
public final class Progress {
    private static final long SECOND = 1_000_000_000;
    private static final int TICK_MILLISECONDS = 200;
    private static final String ERASE = "\r\u001b[K";

    private final PrintStream terminal;
    private final Supplier<String> what;
    private final LongSupplier nanoTime;
    private final long start;
    private long told;
    private boolean onScreen;
    private boolean over;

    Progress(PrintStream terminal, Supplier<String> what, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.what = what;
        this.nanoTime = nanoTime;
        start = nanoTime.getAsLong();
    }

    /**
     * Keeps the line while something is waited for.
     *
     * @param shown whether {@code terminal} is one
     * @param what is waited for: {@code web: starting}
     * @param wait waits; may {@link #say} things
     */
    public static <T extends @Nullable Object> T during(
            PrintStream terminal, boolean shown, String what, Function<Progress, T> wait) {
        return during(terminal, shown, () -> what, wait);
    }

    /** The same with a line that changes: {@code what} is asked each second. */
    public static <T extends @Nullable Object> T during(
            PrintStream terminal, boolean shown, Supplier<String> what, Function<Progress, T> wait) {
        Progress progress = new Progress(terminal, what, System::nanoTime);
        if (shown) {
            Thread ticker = new Thread(progress::tickOn, "progress");
            ticker.setDaemon(true);
            ticker.start();
        }
        try {
            return wait.apply(progress);
        } finally {
            progress.end();
        }
    }

    private synchronized void tickOn() {
        try {
            while (!over) {
                tick();
                wait(TICK_MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Time has passed. */
    synchronized void tick() {
        long seconds = (nanoTime.getAsLong() - start) / SECOND;
        if (!over && seconds > told) {
            told = seconds;
            onScreen = true;
            terminal.print(ERASE + what.get() + " … " + seconds + " s");
            terminal.flush();
        }
    }

    /** Says something else in between. */
    public synchronized void say(String line) {
        clear();
        terminal.println(line);
    }

    private void clear() {
        if (onScreen) {
            onScreen = false;
            terminal.print(ERASE);
            terminal.flush();
        }
    }

    synchronized void end() {
        over = true;
        clear();
        notifyAll();
    }
}
