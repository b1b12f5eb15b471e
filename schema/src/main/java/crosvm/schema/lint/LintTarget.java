package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** A place other than this host that a spec can be linted for, beside everything else. */
public enum LintTarget {
    /** A Pod, as {@code crosvm export kubernetes} describes it. */
    KUBERNETES(KubernetesLint::lint);

    private final Consumer<Draft> lint;

    LintTarget(Consumer<Draft> lint) {
        this.lint = lint;
    }

    /** The word for it on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All words. */
    public static List<String> words() {
        return Arrays.stream(values()).map(LintTarget::word).toList();
    }

    /** Adds to the draft's problems what cannot go there, or goes there only under a condition. */
    public void lint(Draft draft) {
        lint.accept(draft);
    }
}
