package crosvm.schema.load;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.SpecException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came of loading a file.
 *
 * @param spec the spec, or null when there are errors
 * @param problems all problems, sorted by position; without a spec at least one is an error, unless variables are unknown
 * @param origins where each value comes from, by its path ({@code disks[0].path}), in the order of the model
 * @param draft what the linter goes on with, or null when the file is no YAML
 */
public record LoadResult(
        @Nullable VmSpec spec,
        List<Problem> problems,
        Map<String, Origin> origins,
        @Nullable Draft draft) {
    /**
     * The spec.
     *
     * @throws SpecException with all problems when there are errors
     */
    public VmSpec orThrow() {
        if (spec == null) {
            throw new SpecException(problems);
        }
        return spec;
    }
}
