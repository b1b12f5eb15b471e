package crosvm.vmm.virtio.queue;

/**
 * The driver broke the rules of a virtqueue or of a device's requests so that going on makes no sense. Whoever runs the
 * queue catches it and puts the device into DEVICE_NEEDS_RESET. It has no stack trace, because the guest decides how
 * often it is thrown.
 */
public final class QueueBroken extends Exception {
    /** @param rule what the driver did wrong, with the offending values */
    public QueueBroken(String rule) {
        super(rule, null, false, false);
    }

    /** The driver's mistake, for the log. */
    public String rule() {
        return String.valueOf(getMessage());
    }
}
