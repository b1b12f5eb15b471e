package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;

/** The kernel's random numbers (getrandom(2)). Any thread. */
public final class HostRandom {
    private HostRandom() {}

    /**
     * Fills mapped memory.
     *
     * @param length bytes, 0 or more
     * @throws ErrnoException when the kernel has no random numbers, which is not to happen after boot
     */
    public static void fill(long hostAddress, long length) {
        for (long done = 0; done < length; ) {
            long got = LibC.getrandom(hostAddress + done, length - done, 0);
            if (got >= 0) {
                done += got;
            } else if (LibC.errno() != Errno.EINTR.code()) {
                throw new ErrnoException("getrandom", LibC.errno());
            }
        }
    }
}
