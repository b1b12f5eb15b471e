package crosvm.vmm.virtio;

/** What a device may ask of whoever hosts it. Any thread. */
public interface DeviceHost {
    /** The configuration space has changed by itself: the driver is told to read it again. */
    void configChanged();

    /**
     * The device cannot go on, by the driver's mistake or its own: it is put into DEVICE_NEEDS_RESET.
     *
     * @param reason one line for the log, saying whose fault it is
     */
    void needsReset(String reason);
}
