package crosvm.runner.instance;

import crosvm.runner.network.NetworkPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a machine in the background comes from. Immutable.
 *
 * @param file the spec's file; null when there is none
 * @param words the command line behind {@code crosvm} that starts it again
 * @param fleet the fleet that it belongs to; null for a machine by itself
 * @param networks the networks between the machines of its file, by their names; those that it is on are joined
 * @param owner the process that it lives no longer than; null for one that outlives its starter
 */
public record StartOrigin(
        @Nullable Path file,
        List<String> words,
        @Nullable String fleet,
        Map<String, NetworkPlan> networks,
        @Nullable ProcessKey owner) {
    /** Of a machine on no network between machines. */
    public StartOrigin(@Nullable Path file, List<String> words, @Nullable String fleet, @Nullable ProcessKey owner) {
        this(file, words, fleet, Map.of(), owner);
    }

    /** Copies the lists. */
    public StartOrigin {
        networks = Map.copyOf(networks);
        words = List.copyOf(words);
    }
}
