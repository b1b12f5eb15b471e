package crosvm.runner.image;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream from the network when nothing has come for a time, so that who reads from it goes on. A thread of its own. */
final class StallGuard implements AutoCloseable {
    private final InputStream stream;
    private final long limit;
    private long last = System.nanoTime();
    private boolean stalled;
    private boolean over;

    StallGuard(InputStream stream, Duration limit) {
        this.stream = stream;
        this.limit = limit.toNanos();
        Thread thread = new Thread(this::watch, "stall-guard");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        synchronized (this) {
            try {
                for (long rest = limit; rest > 0 && !over; rest = limit - (System.nanoTime() - last)) {
                    wait(rest / 1_000_000 + 1);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (over) {
                return;
            }
            stalled = true;
        }
        try {
            stream.close();
        } catch (IOException e) {
            return; // It is of no use any more.
        }
    }

    /** Something has come. */
    synchronized void moved() {
        last = System.nanoTime();
    }

    synchronized boolean hasStalled() {
        return stalled;
    }

    @Override
    public synchronized void close() {
        over = true;
        notifyAll();
    }
}
