package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A place other than this host that a spec can be linted for, beside everything else. */
public enum LintTarget {
    /** A Pod, as {@code crosvm export kubernetes} describes it. */
    KUBERNETES;

    /** The word for it on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All words. */
    public static List<String> words() {
        List<String> words = new ArrayList<>();
        for (LintTarget target : values()) {
            words.add(target.word());
        }
        return words;
    }

    /** Adds to the draft's problems what cannot go there, or goes there only under a condition. */
    public void lint(Draft draft) {
        switch (this) {
            case KUBERNETES -> KubernetesLint.lint(draft);
        }
    }
}
