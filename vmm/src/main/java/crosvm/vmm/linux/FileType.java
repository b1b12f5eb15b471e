package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Statx;
import crosvm.vmm.linux.jna.LibC;

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
    private static final int UNIX_BLOCK = 512;

    /** @throws ErrnoException naming the file */
    public static FileType of(Fd file) {
        NativeBuffer buffer = look(file, Statx.STATX_TYPE | Statx.STATX_SIZE);
        return switch ((int) Statx.MODE.get(buffer.bytes()) & Statx.S_IFMT) {
            case Statx.S_IFREG -> REGULAR;
            case Statx.S_IFBLK -> BLOCK_DEVICE;
            case Statx.S_IFDIR -> DIRECTORY;
            case Statx.S_IFSOCK -> SOCKET;
            case Statx.S_IFIFO -> PIPE;
            case 0 -> ANONYMOUS;
            default -> OTHER;
        };
    }

    /** Bytes of space that a regular file takes: fewer than its size when it has holes. @throws ErrnoException naming it */
    public static long spaceOf(Fd file) {
        return Statx.BLOCKS.get(look(file, Statx.STATX_BLOCKS).bytes()) * UNIX_BLOCK;
    }

    private static NativeBuffer look(Fd file, int mask) {
        NativeBuffer buffer = NativeBuffer.of(Statx.LAYOUT);
        ErrnoException.check(
                LibC.statx(file.number(), NativeBuffer.cString(""), Statx.AT_EMPTY_PATH, mask, buffer.address()),
                file.name() + ": statx");
        return buffer;
    }

    /** Bytes in a regular file or on a block device. @throws ErrnoException naming the file */
    public static long sizeOf(Fd file) {
        return ErrnoException.check(LibC.lseek(file.number(), 0, SEEK_END), file.name() + ": lseek to its end");
    }
}
