package crosvm.schema.bind;

import crosvm.schema.model.RecordInfo;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.HashSet;
import java.util.Set;

/** Complaints about keys that a record does not have: misspelt ones, and those of other tools. Used by one thread. */
final class UnknownKeys {
    /** Of so many unknown keys the known ones are guessed that they mean; with more of them it is another kind of file. */
    private static final int MAX_GUESSED = 100;

    private final ProblemLog log;

    UnknownKeys(ProblemLog log) {
        this.log = log;
    }

    /** Tells of each, and returns the known keys they most likely mean: to call those missing as well would be one too many. */
    Set<String> tell(RecordInfo info, Tree.Mapping mapping, String path) {
        Set<String> meant = new HashSet<>();
        int unknown = 0;
        // Parts of a file of several machines that are not machines stand at the top of their own.
        boolean inMachine = !path.isEmpty() || info.field("kernel") != null;
        for (Tree.Entry entry : mapping.entries()) {
            if (info.field(entry.key()) != null || log.isFull()) {
                continue;
            }
            String hint = inMachine ? OtherWords.hint(path, entry.key()) : "";
            if (++unknown <= MAX_GUESSED) {
                if (!hint.isEmpty()) {
                    info.names().stream()
                            .filter(n -> OtherWords.isAbout(hint, n))
                            .forEach(meant::add);
                } else {
                    meant.add(DidYouMean.nearest(entry.key(), info.names()));
                }
            }
            log.add(
                    FieldRule.UNKNOWN_KEY,
                    entry.keyOrigin(),
                    path,
                    "unknown key \"" + entry.key() + "\"",
                    hint.isEmpty() ? DidYouMean.hint(entry.key(), info.names()) : hint);
        }
        return meant;
    }
}
