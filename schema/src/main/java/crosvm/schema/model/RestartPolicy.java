package crosvm.schema.model;

/** When a machine that has ended is started again. */
public enum RestartPolicy {
    /** Never. */
    NO,
    /** When the guest crashed or crosvm failed. */
    ON_CRASH,
    /** Whenever it ends, unless somebody stopped it. */
    ALWAYS
}
