package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Stat;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/** What kind of file an open descriptor is. */
public enum FileType {
    REGULAR,
    BLOCK_DEVICE,
    DIRECTORY,
    SOCKET,
    PIPE,
    /** No file at all but a kernel object with a descriptor: an eventfd, an epoll instance, a timer. */
    ANONYMOUS,
    OTHER;

    private static final int SEEK_END = 2;
    private static final int SYS_FSTAT = 5;
    private static final int UNIX_BLOCK = 512;

    /** @throws ErrnoException naming the file */
    public static FileType of(Fd file) {
        NativeBuffer buffer = look(file);
        return switch ((int) Stat.MODE.get(buffer.bytes()) & Stat.S_IFMT) {
            case Stat.S_IFREG -> REGULAR;
            case Stat.S_IFBLK -> BLOCK_DEVICE;
            case Stat.S_IFDIR -> DIRECTORY;
            case Stat.S_IFSOCK -> SOCKET;
            case Stat.S_IFIFO -> PIPE;
            case 0 -> ANONYMOUS;
            default -> OTHER;
        };
    }

    /**
     * Bytes of space that a regular file takes: fewer than its size when it has holes.
     *
     * @throws ErrnoException naming it
     */
    public static long spaceOf(Fd file) {
        return Stat.BLOCKS.get(look(file).bytes()) * UNIX_BLOCK;
    }

    /** By fstat(2) itself: glibc's makes it a call that takes a path, which no jail lets through. */
    private static NativeBuffer look(Fd file) {
        NativeBuffer buffer = NativeBuffer.of(Stat.LAYOUT);
        ErrnoException.check(
                LibC.syscall(SYS_FSTAT, file.number(), buffer.address(), 0, 0, 0, 0), file.name() + ": fstat");
        Reference.reachabilityFence(buffer);
        return buffer;
    }

    /**
     * Bytes in a regular file or on a block device.
     *
     * @throws ErrnoException naming the file
     */
    public static long sizeOf(Fd file) {
        return ErrnoException.check(LibC.lseek(file.number(), 0, SEEK_END), file.name() + ": lseek to its end");
    }
}
