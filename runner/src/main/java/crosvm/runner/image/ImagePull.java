package crosvm.runner.image;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.ImageSource;
import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Brings one image into the cache: downloads, goes on where a connection broke off, checks, unpacks. Used by one thread. */
final class ImagePull {
    private final ImageCache cache;
    private final ImageSource source;
    private final HttpClient client;
    private final Patience patience;
    private final LongConsumer progress;
    private final Consumer<String> tell;

    ImagePull(
            ImageCache cache,
            ImageSource source,
            HttpClient client,
            Patience patience,
            LongConsumer progress,
            Consumer<String> tell) {
        this.cache = cache;
        this.source = source;
        this.client = client;
        this.patience = patience;
        this.progress = progress;
        this.tell = tell;
    }

    /**
     * Pulls, unless another process does so first.
     *
     * @return null when it is there, pulled by another process meanwhile
     * @throws FailedException when it cannot be had; what has come of it stays for the next attempt, if that is of use
     */
    @Nullable Path run() {
        Runnable waiting = () -> tell.accept(source.url() + ": another crosvm is pulling it; waiting");
        try (PartFile part = PartFile.open(cache.part(source), waiting)) {
            if (cache.find(source, tell) != null) {
                if (part.size() > 0) {
                    part.remove();
                }
                return null;
            }
            download(part);
            return store(part);
        } catch (PullException e) {
            throw failed(e.getMessage(), e);
        } catch (IOException e) {
            throw failed("cannot be written to " + cache.folder() + ": " + FailureReason.of(e), e);
        }
    }

    private FailedException failed(@Nullable String why, IOException e) {
        return new FailedException(source.url() + ": " + why, e);
    }

    /** A wrong digest after a part of an earlier attempt may be that part's fault: then once more, from the start. */
    private void download(PartFile part) throws IOException {
        boolean resumed = part.size() > 0;
        String actual = bring(part);
        if (!actual.equals(source.digest()) && resumed) {
            progress.accept(-part.size());
            part.clear();
            actual = bring(part);
        }
        if (!actual.equals(source.digest())) {
            long bytes = part.size();
            part.remove();
            throw new PullException(
                    "has another digest than the spec says: expected " + source.digest() + ", downloaded " + bytes
                            + " bytes with " + actual
                            + ". Nothing was kept. If the file was changed on purpose, put the new digest into the spec",
                    false);
        }
    }

    private String bring(PartFile part) throws IOException {
        progress.accept(part.size());
        ImageDownload download = new ImageDownload(URI.create(source.url()), client, patience, part, progress);
        int attempt = 1;
        for (Duration pause = patience.pause(); ; pause = pause.multipliedBy(2)) {
            long before = part.size();
            try {
                download.run();
                return part.sha256();
            } catch (PullException e) {
                boolean moved = part.size() > before;
                attempt = moved ? 1 : attempt + 1;
                pause = moved ? patience.pause() : pause;
                if (!e.isPassing()) {
                    throw e;
                }
                if (attempt > patience.attempts()) {
                    String kept = part.size() == 0
                            ? ""
                            : "; " + part.size() + " bytes are kept, and the next crosvm pull continues from there";
                    throw new PullException(e.getMessage() + kept, false);
                }
                sleep(pause);
            } catch (IOException e) {
                part.remove(); // A full disk is not to stay full because of it.
                throw e;
            }
        }
    }

    private static void sleep(Duration pause) throws PullException {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PullException("interrupted", false);
        }
    }

    private Path store(PartFile part) throws IOException {
        if (source.packing() == ImageSource.Packing.NONE) {
            part.sync();
            Path file = cache.take(source, part.path(), source.digest());
            part.renamed();
            return file;
        }
        Path made = cache.unpacking(source);
        try {
            String content;
            try (SparseFile out = new SparseFile(made)) {
                Unpacking.unpack(source, part.read(), out);
                out.finish();
                content = Sha256.of(made);
            } catch (IOException e) {
                part.remove();
                throw new PullException(
                        "cannot be unpacked, though its digest is right: " + FailureReason.of(e), false);
            }
            Path file = cache.take(source, made, content);
            part.remove();
            return file;
        } finally {
            Files.deleteIfExists(made);
        }
    }
}
