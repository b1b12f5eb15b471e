package crosvm.schema.bind;

import crosvm.schema.model.VmSpec;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.Problem;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.problem.Rule;
import crosvm.schema.problem.SourceText;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A spec that is being checked, with the place of each value. Some values may be stand-ins for what could not be read.
 * Owned by the thread that loads and lints the file.
 */
public final class Draft {
    private final VmSpec spec;
    private final @Nullable Path file;
    private final Map<String, Origin> origins;
    private final Map<String, Origin> keys;
    private final Set<String> unsound;
    private final Map<String, FieldRule> screened;
    private final ProblemLog log;

    /**
     * What the binder has made of a file.
     *
     * @param file the absolute path of the file, or null when the spec comes from flags alone
     * @param log where the problems of the file are, and those to come go
     */
    public Draft(VmSpec spec, @Nullable Path file, Binder binder, ProblemLog log) {
        this.spec = spec;
        this.file = file;
        this.origins = binder.origins();
        this.keys = binder.keys();
        this.unsound = binder.unsound();
        this.screened = binder.screened();
        this.log = log;
    }

    /** The values. */
    public VmSpec spec() {
        return spec;
    }

    /** The absolute path of the spec file, or null when the spec comes from flags alone. */
    public @Nullable Path file() {
        return file;
    }

    /** The text of the file. */
    public SourceText source() {
        return log.source();
    }

    /** The text that the value at this path stands in: the file's, or that of one which it includes. */
    public SourceText source(String path) {
        return log.source(origin(path));
    }

    /** The value at this path just as it is written in the file, or empty when it is not written on one line. */
    public String written(String path) {
        Origin origin = origins.get(path);
        if (origin == null || origin.kind() != Origin.Kind.FILE) {
            return "";
        }
        return log.source(origin).piece(origin.position());
    }

    /** Where each value comes from, by its path, in the order of the model. */
    public Map<String, Origin> origins() {
        return Collections.unmodifiableMap(origins);
    }

    /** Whether no more problems are taken, so that nothing need be worked out for them. */
    public boolean isFull() {
        return log.isFull();
    }

    /** All problems so far, sorted by position. */
    public List<Problem> problems() {
        return log.sorted();
    }

    /** Whether no value is a stand-in. */
    public boolean isSound() {
        return unsound.isEmpty();
    }

    /** False when the value at this path, or one around it, is a stand-in. */
    public boolean sound(String path) {
        for (String p = path; ; p = parent(p)) {
            if (unsound.contains(p)) {
                return false;
            }
            if (p.isEmpty()) {
                return true;
            }
        }
    }

    /** False when the value at this path, one around it or one within it is a stand-in. */
    public boolean soundThroughout(String path) {
        return sound(path) && unsound.stream().noneMatch(p -> p.startsWith(path + ".") || p.startsWith(path + "["));
    }

    /** The constraint that the value at a path violates, as the loader's own check has it; the value stands in {@link #spec}. */
    public Map<String, FieldRule> screened() {
        return Collections.unmodifiableMap(screened);
    }

    /** Takes back what the loader's own check says of the value at this path, which counts as sound from now on. */
    public void withdraw(String path) {
        FieldRule rule = screened.remove(path);
        if (rule != null) {
            log.remove(rule, path);
            unsound.remove(path);
        }
    }

    /** Where the value at this path stands, or the nearest one around it. */
    public Origin origin(String path) {
        for (String p = path; ; p = parent(p)) {
            Origin origin = origins.get(p);
            if (origin != null && (origin.kind() != Origin.Kind.DEFAULT || p.isEmpty())) {
                return origin;
            }
            if (p.isEmpty()) {
                return Origin.DEFAULT;
            }
        }
    }

    /** Whether the file, a flag or a variable gave the value at this path. */
    public boolean given(String path) {
        Origin origin = origins.get(path);
        return origin != null && origin.kind() != Origin.Kind.DEFAULT;
    }

    /** Where something stands, for messages: {@code line 3, column 5} or the flag. */
    public String place(String path) {
        Origin origin = origin(path);
        String file = log.source(origin).name();
        return origin.position().line() > 0
                ? (file.equals(log.source().name()) ? "" : file + ", ")
                        + "line " + origin.position().line() + ", column "
                        + origin.position().column()
                : origin.describe();
    }

    /** Tells of a problem with the value at this path, unless that is a stand-in. */
    public void problem(Rule rule, String path, String message, String hint) {
        if (sound(path)) {
            log.add(rule, origin(path), path, message, hint);
        }
    }

    /** Tells of a problem with the key of the user's choice whose value is at this path. */
    public void keyProblem(Rule rule, String path, String message, String hint) {
        Origin key = keys.get(path);
        if (sound(path)) {
            log.add(rule, key == null ? origin(path) : key, path, message, hint);
        }
    }

    /** Tells of a problem without a hint. */
    public void problem(Rule rule, String path, String message) {
        problem(rule, path, message, "");
    }

    /** Where the problems of the file go. */
    public ProblemLog log() {
        return log;
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
    }
}
