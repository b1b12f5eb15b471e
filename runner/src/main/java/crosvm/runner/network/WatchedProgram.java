package crosvm.runner.network;

import crosvm.vmm.linux.ChildProcess;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.ProcessExit;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A program of the network that is started again when it ends, with longer and longer pauses when it does so soon. Its thread is
 * this object's; the other methods may be called by any.
 */
final class WatchedProgram {
    private static final long FIRST_PAUSE = 100;
    private static final long LONGEST_PAUSE = 10_000;
    /** So long it must have run to count as healthy. */
    private static final long HEALTHY_NANOSECONDS = 10_000_000_000L;

    /** So long its log may be; it lies in the network's memory. */
    private static final long MAX_LOG_BYTES = 2 << 20;

    private static final int LOOK_AT_LOG_MILLISECONDS = 2_000;
    private static final int KILL_MILLISECONDS = 10_000;
    private static final int SIGHUP = 1;
    private static final int LOOK_AGAIN_MILLISECONDS = 20;

    private final String name;
    private final Path log;
    private final Function<Path, ChildProcess> start;
    private final Consumer<String> tell;
    private @Nullable ChildProcess process;
    private boolean stopped;
    private boolean wanted;

    /**
     * @param name for messages
     * @param log where its output goes
     * @param start starts it with that log
     * @param tell gets what the users of the network should know
     */
    WatchedProgram(String name, Path log, Function<Path, ChildProcess> start, Consumer<String> tell) {
        this.name = name;
        this.log = log;
        this.start = start;
        this.tell = tell;
    }

    /** Starts it for the first time. */
    void begin() {
        startOnce();
        Thread watch = new Thread(this::watch, "watch-" + name);
        watch.setDaemon(true);
        watch.start();
    }

    private synchronized void startOnce() {
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            tell.accept(log + ": cannot be removed: " + e.getMessage());
        }
        process = start.apply(log);
    }

    private synchronized @Nullable ChildProcess process() {
        return process;
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private void watch() {
        long pause = FIRST_PAUSE;
        try {
            while (true) {
                ChildProcess now = process();
                if (now == null) {
                    return;
                }
                long begin = System.nanoTime();
                ProcessExit end = now.await(LOOK_AT_LOG_MILLISECONDS);
                while (end == null) {
                    boundLog();
                    end = now.await(LOOK_AT_LOG_MILLISECONDS);
                }
                killGroupOf(now);
                now.close();
                if (isStopped()) {
                    return;
                }
                if (wasWanted()) {
                    startAgain();
                    continue;
                }
                tell.accept(name + " " + end + " and is started again. It said: " + NetworkRoom.lastWords(log));
                pause = System.nanoTime() - begin > HEALTHY_NANOSECONDS
                        ? FIRST_PAUSE
                        : Math.min(LONGEST_PAUSE, 2 * pause);
                TimeUnit.MILLISECONDS.sleep(pause);
                startAgain();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What it has started still has its sockets: another one could not listen there. */
    private void killGroupOf(ChildProcess ended) {
        String group = String.valueOf(ended.pid());
        List<String> kill = List.of("/bin/sh", "-c", "kill -9 -$0 2>/dev/null", group);
        try (ChildProcess killer = NetworkRoom.startHere(kill, log)) {
            killer.await(KILL_MILLISECONDS);
        } catch (ErrnoException e) {
            tell.accept("what " + name + " has started cannot be ended: " + e.getMessage());
        }
    }

    /** Begins the log anew when it has become long: what machines send may be what it is full of. The program appends. */
    private void boundLog() {
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
            if (file.size() > MAX_LOG_BYTES) {
                file.truncate(0);
            }
        } catch (IOException e) {
            // Being started anew; looked at again the next time.
        }
    }

    private synchronized void startAgain() {
        process = null;
        if (!stopped) {
            try {
                startOnce();
            } catch (ErrnoException | crosvm.runner.report.FailedException e) {
                tell.accept(name + " cannot be started again: " + e.getMessage());
            }
        }
    }

    /**
     * Waits until it does what it is for.
     *
     * @param ready looks
     * @return empty, or why it does not
     */
    String await(BooleanSupplier ready, int milliseconds) {
        for (int waited = 0; waited < milliseconds; waited += LOOK_AGAIN_MILLISECONDS) {
            if (ready.getAsBoolean()) {
                return "";
            }
            String failure = failure();
            if (failure != null) {
                return failure;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "was not waited for";
            }
        }
        return "was not ready after " + milliseconds / 1000 + " s. It said: " + NetworkRoom.lastWords(log);
    }

    /** Has it read its files again. */
    synchronized void reload() {
        if (process != null) {
            process.signal(SIGHUP);
        }
    }

    /** Whether it has ended, and what it said; null while it runs. */
    private synchronized @Nullable String failure() {
        ProcessExit end = process == null ? null : process.await(0);
        return end == null ? null : end + ". It said: " + NetworkRoom.lastWords(log);
    }

    /** Ends it, so that it starts with another configuration. */
    synchronized void restart() {
        wanted = true;
        if (process != null) {
            process.signal(ProcessExit.SIGKILL);
        }
    }

    /** Whether its end was wanted; asked once. */
    private synchronized boolean wasWanted() {
        boolean was = wanted;
        wanted = false;
        return was;
    }

    /** Ends it for good. */
    synchronized void stop() {
        stopped = true;
        if (process != null) {
            process.signal(ProcessExit.SIGKILL);
        }
    }
}
