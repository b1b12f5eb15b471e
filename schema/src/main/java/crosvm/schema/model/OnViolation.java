package crosvm.schema.model;

/** What becomes of a device process that makes a forbidden system call. */
public enum OnViolation {
    /** The kernel kills it. */
    KILL,
    /** The call is allowed and logged; for writing policies, not for untrusted guests. */
    LOG
}
