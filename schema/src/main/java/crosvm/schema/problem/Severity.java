package crosvm.schema.problem;

import crosvm.schema.model.EnumWord;

/** How bad a problem is. */
public enum Severity {
    /** The spec cannot run. */
    ERROR,
    /** The spec runs, but probably not as meant. */
    WARNING,
    /** Worth knowing. */
    INFO;

    /** In lower case, as it is printed. */
    public String word() {
        return EnumWord.of(this);
    }
}
