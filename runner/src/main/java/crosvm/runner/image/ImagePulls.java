package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Pulls several images at once. Used by one thread; what it tells comes from several. */
public final class ImagePulls {
    private static final int PARALLEL = 4;

    private final ImageCache cache;
    private final Map<String, String> environment;
    private final Patience patience;
    private final AtomicLong bytes = new AtomicLong();

    /** @param environment has the proxies */
    public ImagePulls(ImageCache cache, Map<String, String> environment) {
        this(cache, environment, Patience.USUAL);
    }

    ImagePulls(ImageCache cache, Map<String, String> environment, Patience patience) {
        this.cache = cache;
        this.environment = environment;
        this.patience = patience;
    }

    /** How many bytes of what is pulled are there. */
    public long bytes() {
        return bytes.get();
    }

    /** Those of the sources that are not in the cache, each once. */
    public List<ImageSource> missing(Collection<ImageSource> sources, Consumer<String> tell) {
        Map<String, ImageSource> missing = new LinkedHashMap<>();
        for (ImageSource source : sources) {
            if (!missing.containsKey(source.cacheName()) && cache.find(source, tell) == null) {
                missing.put(source.cacheName(), source);
            }
        }
        return List.copyOf(missing.values());
    }

    /**
     * Pulls, and returns when each is there or has failed.
     *
     * @param tell gets a line for each that is there, and what else the user should know
     * @throws FailedException with a line for each that failed
     */
    public void pull(Collection<ImageSource> sources, Consumer<String> tell) {
        if (sources.isEmpty()) {
            return;
        }
        cache.make();
        HttpClient client = HttpClient.newBuilder()
                // HTTP/2 has windows of its own, which slow down a single large file.
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(patience.connect())
                .proxy(new ProxyVariables(environment))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        // What is packed in one download and the download itself are two images, and come one after the other.
        Collection<List<ImageSource>> downloads = sources.stream()
                .collect(Collectors.groupingBy(ImageSource::digest, LinkedHashMap::new, Collectors.toList()))
                .values();
        ExecutorService threads = Executors.newFixedThreadPool(PARALLEL, task -> {
            Thread thread = new Thread(task, "pull");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            downloads.forEach(download ->
                    running.add(threads.submit(() -> download.forEach(source -> pull(source, client, tell)))));
            await(running);
        } finally {
            threads.shutdownNow();
        }
    }

    private void pull(ImageSource source, HttpClient client, Consumer<String> tell) {
        Path file = new ImagePull(cache, source, client, patience, bytes::addAndGet, tell).run();
        tell.accept(source.url() + (file == null ? ": has been pulled by another crosvm" : ": pulled"));
    }

    private static void await(List<Future<?>> running) {
        List<String> failures = new ArrayList<>();
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FailedException("interrupted while pulling", e);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof FailedException failed)) {
                    throw new IllegalStateException(e.getCause());
                }
                failures.add(failed.getMessage());
            }
        }
        if (!failures.isEmpty()) {
            throw new FailedException(String.join("\n", failures));
        }
    }
}
