package crosvm.vmm.irq;

import crosvm.vmm.event.EventFd;

/**
 * One message-signalled interrupt on its way from event descriptors to the guest's local APICs. Calls for one route
 * come from one thread at a time (its transport's lock).
 */
public interface MsiRoute extends AutoCloseable {
    /**
     * Sets the message that is sent from now on, as the guest wrote it into its MSI-X table.
     *
     * @return false when the kernel refuses such a message; the route then keeps the one it had
     */
    boolean program(long address, int data);

    /** From now on a signal on {@code call} sends the message; a signal already waiting in it sends it, too. */
    void connect(EventFd call);

    /** Signals on {@code call} stay in it from now on. Returns after the last message from it has been sent. */
    void disconnect(EventFd call);

    /** Gives the GSI back; everything has been disconnected. */
    @Override
    void close();
}
