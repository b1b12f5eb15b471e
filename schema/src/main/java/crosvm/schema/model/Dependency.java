package crosvm.schema.model;

/** How far a machine of a fleet must be before one that depends on it is started. */
public enum Dependency {
    /** Its guest runs. */
    STARTED,
    /** It is ready, as its own spec says. */
    READY,
    /** It has ended, and well. */
    ENDED
}
