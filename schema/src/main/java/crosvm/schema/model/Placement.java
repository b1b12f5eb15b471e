package crosvm.schema.model;

/** Where a device runs. */
public enum Placement {
    /** On a thread of the VMM, not jailed. */
    THREAD,
    /** In a jailed process of its own, or of its group. */
    PROCESS
}
