package crosvm.vmm.console;

/** The guest's side of a port, as input reaches it. Any thread. */
public interface PortInput {
    /**
     * Queues input for the guest, as far as there is room. What does not fit is the caller's to offer again, once the
     * listener given to {@link #onRoom} is called.
     *
     * @return how many bytes were taken, 0 to {@code length}
     */
    int offer(byte[] bytes, int offset, int length);

    /** Registers the one listener for room after an offer that was not taken whole. It must not call back in here. */
    void onRoom(Runnable listener);

    /** Sends a break after the input so far, where the port knows such a thing. */
    void sendBreak();

    /** The terminal at the other end has this size now, in characters; for ports that can tell the guest. */
    default void resize(int columns, int rows) {}
}
