package crosvm.vmm.device.serial;

/** Where a serial port's bytes go. Called on vCPU threads, so an implementation never blocks. */
public interface SerialOutput {
    /**
     * Takes one byte, if there is room.
     *
     * @return false when there is none: the listener given to {@link #onRoom} will be called once there is again
     */
    boolean offer(byte value);

    /**
     * Registers the one listener for room after a refused offer. It is called with no lock held, so it may offer at
     * once.
     */
    void onRoom(Runnable listener);

    /** Takes everything and keeps nothing: a port with nobody at the other end. */
    static SerialOutput discarding() {
        return new SerialOutput() {
            @Override
            public boolean offer(byte value) {
                return true;
            }

            @Override
            public void onRoom(Runnable listener) {
                // Never refuses, so there is nothing to tell.
            }
        };
    }
}
