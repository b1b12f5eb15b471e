package crosvm.vmm.console;

import java.nio.ByteBuffer;

/** Where a port's bytes go. Called on vCPU and queue threads, so an implementation never blocks. */
public interface PortOutput {
    /**
     * Takes one byte, if there is room.
     *
     * @return false when there is none: the listener given to {@link #onRoom} will be called once there is again
     */
    boolean offer(byte value);

    /** Takes as many bytes as there is room for, moving the position; with some left, {@link #onRoom} is as above. */
    void offer(ByteBuffer bytes);

    /**
     * Registers the one listener for room after a refused offer. It is called with no lock held, so it may offer at
     * once.
     */
    void onRoom(Runnable listener);

    /** Takes everything and keeps nothing: a port with nobody at the other end. */
    static PortOutput discarding() {
        return new PortOutput() {
            @Override
            public boolean offer(byte value) {
                return true;
            }

            @Override
            public void offer(ByteBuffer bytes) {
                bytes.position(bytes.limit());
            }

            @Override
            public void onRoom(Runnable listener) {
                // Never refuses, so there is nothing to tell.
            }
        };
    }
}
