package crosvm.vmm.device.wl;

import crosvm.vmm.linux.Fd;

/**
 * What the device cannot do where it may run, in a jail without a file system and without the virtual machine: only the
 * process that owns the guest can connect to the compositor and show the guest memory. Used by the device's worker.
 */
public interface WlHost extends AutoCloseable {
    /**
     * A fresh connection to the compositor, non-blocking, the caller's.
     *
     * @throws crosvm.vmm.linux.ErrnoException naming the socket
     */
    Fd connect();

    /**
     * Memory for the guest and whom it sends it to.
     *
     * @param file sealed against shrinking, the receiver's
     * @param address guest-physical, a multiple of 4096
     */
    record Memory(Fd file, long address) {}

    /**
     * Fresh zeroed memory that the guest sees.
     *
     * @param size bytes, a positive multiple of 4096
     * @throws crosvm.vmm.linux.ErrnoException ENOSPC when that is more than the guest may have
     */
    Memory allocate(long size);

    /**
     * Shows the guest the first {@code size} bytes of a file.
     *
     * @param file sealed against shrinking; stays the caller's
     * @param size bytes, a positive multiple of 4096
     * @return the guest-physical address, a multiple of 4096
     * @throws crosvm.vmm.linux.ErrnoException ENOSPC when that is more than the guest may have
     */
    long map(Fd file, long size);

    /**
     * Takes back what {@link #allocate} or {@link #map} showed.
     *
     * @throws crosvm.vmm.linux.ErrnoException when it never did
     */
    void unmap(long guestAddress);

    /** Takes everything back that is still mapped. */
    @Override
    void close();
}
