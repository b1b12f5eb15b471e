package crosvm.vmm.virtio.host;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FileType;
import crosvm.vmm.vhostuser.MemoryTable;
import crosvm.vmm.vhostuser.VhostUserException;
import crosvm.vmm.vhostuser.VringAddress;
import crosvm.vmm.virtio.VirtioBackend;
import crosvm.vmm.virtio.queue.Vring;
import org.jspecify.annotations.Nullable;

/**
 * One ring as a front-end has set it up so far, and whether it runs: from SET_VRING_KICK to GET_VRING_BASE, while it is
 * enabled. Belongs to the server's thread, except {@link #signalError()}.
 */
final class ServedRing implements AutoCloseable {
    private static final int MAX_INDEX = 0xffff;

    private final VirtioBackend device;
    private final int index;
    /** Always the same descriptor number, behind which the front-end's changes: the ring need not stop for that. */
    private final EventFd call;

    private int size;
    private int base;
    private @Nullable VringAddress address;
    private @Nullable EventFd kick;
    private @Nullable EventFd error;
    private boolean enabled;
    private boolean running;

    ServedRing(VirtioBackend device, int index) {
        this.device = device;
        this.index = index;
        this.call = EventFd.create(device.name() + " call " + index);
    }

    boolean isRunning() {
        return running;
    }

    /** @throws VhostUserException unless a power of two that the device can take */
    void setSize(long number) {
        requireStopped("SET_VRING_NUM");
        if (number < 1 || number > device.queueSize(index) || Long.bitCount(number) != 1) {
            throw new VhostUserException("queue " + index + " of " + number + " descriptors; the device takes powers of"
                    + " two up to " + device.queueSize(index));
        }
        size = (int) number;
    }

    void setBase(long number) {
        requireStopped("SET_VRING_BASE");
        if (number > MAX_INDEX) {
            throw new VhostUserException("queue " + index + " from index " + number);
        }
        base = (int) number;
    }

    private void requireStopped(String request) {
        if (running) {
            throw new VhostUserException(request + " for queue " + index + ", which is running");
        }
    }

    /** Front-ends send it again while the ring runs, to switch the logging of migrations, which is never offered. */
    void setAddress(VringAddress wanted, @Nullable MemoryTable table) {
        if (running && !wanted.equals(address)) {
            throw new VhostUserException("SET_VRING_ADDR for queue " + index + ", which is running");
        }
        if (table != null) {
            guestRing(wanted, table); // Where it can be known already, say so now.
        }
        address = wanted;
    }

    /** @param fd taken over, null for none */
    void setKick(@Nullable Fd fd) {
        if (fd == null) {
            throw new VhostUserException("queue " + index + " without a kick: rings are not polled here");
        }
        stop();
        closeKick();
        kick = EventFd.owning(signal(fd));
    }

    /** @param fd taken over, null for none: the front-end polls the used ring */
    void setCall(@Nullable Fd fd) {
        try (Fd target = fd == null ? EventFd.create("nobody").fd() : signal(fd)) {
            target.replace(call.fd());
        }
        if (running) {
            device.callReplaced(index, call);
        }
    }

    /** @param fd taken over, null for none */
    synchronized void setError(@Nullable Fd fd) {
        EventFd next = fd == null ? null : EventFd.owning(signal(fd));
        if (error != null) {
            error.close();
        }
        error = next;
    }

    /** Tells the front-end that the ring cannot go on. Any thread. */
    synchronized void signalError() {
        if (error != null) {
            error.signal();
        }
    }

    /**
     * What is signalled or waited for must never make a thread wait, whatever the front-end has sent: an object without
     * a file, which eventfds are, and non-blocking.
     */
    private Fd signal(Fd fd) {
        try {
            if (FileType.of(fd) != FileType.ANONYMOUS) {
                throw new VhostUserException("a descriptor for queue " + index + " is not an eventfd");
            }
            if (!fd.isNonBlocking()) {
                throw new VhostUserException("a descriptor for queue " + index + " is an eventfd that blocks");
            }
            return fd;
        } catch (VhostUserException | ErrnoException e) {
            fd.close();
            throw e;
        }
    }

    void setEnabled(boolean on) {
        enabled = on;
        if (!on) {
            stop();
        }
    }

    /**
     * Starts the ring if everything it needs is there.
     *
     * @throws VhostUserException when its addresses are nowhere
     */
    void startIfReady(@Nullable ServedMemory memory) {
        EventFd kicked = kick;
        if (!running && enabled && memory != null && kicked != null && address != null && size > 0) {
            Vring ring = guestRing(address, memory.table());
            running = true;
            device.startQueue(index, ring, kicked, call);
        }
    }

    private Vring guestRing(VringAddress user, MemoryTable table) {
        return new Vring(
                size,
                table.toGuest(user.descriptors()),
                table.toGuest(user.available()),
                table.toGuest(user.used()),
                base);
    }

    /** Pauses: everything set stays set, and the ring goes on from where it was. */
    void stop() {
        if (running) {
            running = false;
            base = device.stopQueue(index) & MAX_INDEX;
        }
    }

    /** GET_VRING_BASE: stops until the next kick descriptor comes. */
    int stopAndForgetKick() {
        stop();
        closeKick();
        return base;
    }

    private void closeKick() {
        if (kick != null) {
            kick.close();
            kick = null;
        }
    }

    /** As after connecting. The device has been reset before. */
    void reset() {
        running = false;
        enabled = false;
        size = 0;
        base = 0;
        address = null;
        closeKick();
    }

    @Override
    public void close() {
        stop();
        closeKick();
        setError(null);
        call.close();
    }
}
