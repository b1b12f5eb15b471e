package crosvm.runner.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does something with several machines at the same time: what waits for each machine's process would, one after the other, take
 * fifty times as long for fifty. {@link #start} and what it returns belong to one thread, the tasks have one each.
 */
final class FanOut {
    private static final int LIMIT = 64;

    private final ExecutorService threads = Executors.newFixedThreadPool(LIMIT, task -> {
        Thread thread = new Thread(task, "machine");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Begins a task.
     *
     * @return waits for its result, and throws what it has thrown
     */
    <T extends @Nullable Object> Supplier<T> start(Supplier<T> task) {
        CompletableFuture<T> result = CompletableFuture.supplyAsync(task, threads);
        return () -> {
            try {
                return result.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        };
    }
}
