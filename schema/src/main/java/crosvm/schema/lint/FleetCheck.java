package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.load.LoadResult;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The errors between specs that are to run beside each other ({@link FleetRule}), found before the first is started. What a comment
 * in a file ignores is ignored here, too. Used by one thread.
 */
public final class FleetCheck {
    private final FleetLint fleet = new FleetLint();
    private final Map<String, ProblemLog> logs = new LinkedHashMap<>();

    /** Adds one more, or one machine of a file of several; without a sound spec it has errors of its own and is passed over. */
    public void add(String file, LoadResult result) {
        Draft draft = result.draft();
        if (draft != null && result.spec() != null) {
            fleet.add(file, draft);
            logs.put(file, draft.log());
        }
    }

    /** The errors by the file that they are told of; nothing for a file that has none. */
    public Map<String, List<Problem>> errors() {
        Map<String, List<Problem>> errors = new LinkedHashMap<>();
        logs.forEach((file, log) -> {
            List<Problem> found = new ArrayList<>(Ignores.apply(log));
            found.removeIf(problem -> !(problem.rule() instanceof FleetRule) || problem.severity() != Severity.ERROR);
            if (!found.isEmpty()) {
                errors.put(file, found);
            }
        });
        return errors;
    }
}
