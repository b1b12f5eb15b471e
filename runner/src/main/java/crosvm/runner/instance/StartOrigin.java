package crosvm.runner.instance;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a machine in the background comes from. Immutable.
 *
 * @param file the spec's file; null when there is none
 * @param words the command line behind {@code crosvm} that starts it again
 * @param fleet the fleet that it belongs to; null for a machine by itself
 * @param owner the process that it lives no longer than; null for one that outlives its starter
 */
public record StartOrigin(
        @Nullable Path file,
        List<String> words,
        @Nullable String fleet,
        @Nullable ProcessKey owner) {
    /** Copies the list. */
    public StartOrigin {
        words = List.copyOf(words);
    }
}
