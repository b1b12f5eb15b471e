package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/** The kernel's random numbers (getrandom(2)). Any thread. */
public final class HostRandom {
    private HostRandom() {}

    /** Any of the 2^64 numbers. */
    public static long nextLong() {
        NativeBuffer number = NativeBuffer.allocate(Long.BYTES);
        fill(number.address(), Long.BYTES);
        Reference.reachabilityFence(number);
        return number.bytes().getLong(0);
    }

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
