package crosvm.schema.model;

/** What becomes of the machine when a device process ends by itself. */
public enum OnFailure {
    /** The machine ends too. */
    STOP,
    /** The machine goes on; the guest sees the device in DEVICE_NEEDS_RESET. */
    CONTINUE
}
