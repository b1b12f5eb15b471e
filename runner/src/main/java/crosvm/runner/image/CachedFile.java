package crosvm.runner.image;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A file of the image cache.
 *
 * @param path of it
 * @param url it was downloaded from; empty when nobody knows
 * @param partial whether it is a download that is not complete
 * @param bytes its length
 * @param time when it was written last
 */
public record CachedFile(Path path, String url, boolean partial, long bytes, Instant time) {
    /** Its name: a digest, {@code .unpacked} behind it for what was unpacked. */
    public String name() {
        return path.getFileName().toString();
    }
}
