package crosvm.schema.load;

import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of loading a file that may hold several machines.
 *
 * @param name how messages name the file
 * @param fleet which machines it has; null for the file of one machine, and when that cannot be told
 * @param machines each machine; of a fleet in the order of {@link Fleet#machines()}, nothing when that cannot be told
 * @param problems all problems, sorted by position
 * @param included the files that it includes, absolute
 */
public record LoadedSpec(
        String name, @Nullable Fleet fleet, List<Loaded> machines, List<Problem> problems, List<Path> included) {
    /**
     * One machine.
     *
     * @param machine which one of the fleet; null for the file of one machine
     * @param result its spec; a fleet's machines have no problems of their own, and no spec if there is an error anywhere
     */
    public record Loaded(Fleet.@Nullable Machine machine, LoadResult result) {}

    /** The file of one machine. */
    static LoadedSpec of(LoadResult result) {
        return new LoadedSpec("", null, List.of(new Loaded(null, result)), result.problems(), List.of());
    }

    /**
     * The machines, all of them sound.
     *
     * @throws SpecException with all problems when there are errors
     */
    public List<Loaded> orThrow() {
        if (machines.isEmpty()
                || machines.stream().anyMatch(machine -> machine.result().spec() == null)) {
            throw new SpecException(problems);
        }
        return machines;
    }
}
