package crosvm.vmm.linux;

import crosvm.vmm.linux.jna.LibC;
import java.nio.ByteBuffer;

/**
 * Anonymous memory with a descriptor (memfd_create(2)), of a fixed size, sealed against shrinking, growing and further
 * seals: whoever shares it cannot truncate it and so kill us with SIGBUS.
 */
public final class Memfd {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int F_SEAL_SEAL = 1;
    private static final int F_SEAL_SHRINK = 2;
    private static final int F_SEAL_GROW = 4;
    private static final int F_SEAL_WRITE = 8;
    private static final int F_SEAL_FUTURE_WRITE = 16;

    private Memfd() {}

    /**
     * @param name shown in /proc/PID/maps as {@code /memfd:NAME}
     * @param size bytes; pages are allocated when first touched
     */
    public static Fd sealed(String name, long size) {
        Fd fd = unsealed(name, size);
        try {
            ErrnoException.check(
                    LibC.fcntl(fd.number(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW),
                    fd.name() + ": F_ADD_SEALS");
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Memory with these bytes in it, sealed against every change. */
    public static Fd constant(String name, byte[] bytes) {
        Fd fd = unsealed(name, bytes.length);
        try {
            ByteBuffer from = ByteBuffer.wrap(bytes);
            FdChannel channel = FdChannel.over(fd.number(), fd.name());
            while (from.hasRemaining()) {
                channel.write(from);
            }
            ErrnoException.check(
                    LibC.fcntl(fd.number(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
                    fd.name() + ": F_ADD_SEALS");
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** The same without any seal, which its owner is to add. */
    public static Fd unsealed(String name, long size) {
        Fd fd = Fd.owning(
                ErrnoException.check(
                        LibC.memfd_create(NativeBuffer.cString(name), MFD_CLOEXEC | MFD_ALLOW_SEALING),
                        "memfd_create " + name),
                "memfd " + name);
        try {
            ErrnoException.check(LibC.ftruncate(fd.number(), size), fd.name() + ": ftruncate to " + size);
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Whether nobody can ever truncate the file any more. False for files that know no seals. */
    public static boolean isSealedAgainstShrinking(Fd file) {
        return hasSeal(file, F_SEAL_SHRINK);
    }

    /** Whether nobody can write to the file any more, or map it anew for writing. False for files that know no seals. */
    public static boolean isSealedAgainstWriting(Fd file) {
        return hasSeal(file, F_SEAL_WRITE) || hasSeal(file, F_SEAL_FUTURE_WRITE);
    }

    /** Whether nobody can change the file's bytes any more, by writing or through a mapping. False for files that know no seals. */
    public static boolean isConstant(Fd file) {
        return hasSeal(file, F_SEAL_WRITE);
    }

    private static boolean hasSeal(Fd file, int seal) {
        int seals = LibC.fcntl(file.number(), F_GET_SEALS, 0);
        return seals >= 0 && (seals & seal) != 0;
    }
}
