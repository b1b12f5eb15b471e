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

    /** @throws ErrnoException naming the file */
    public static FileType of(Fd file) {
        NativeBuffer buffer = NativeBuffer.of(Statx.LAYOUT);
        ErrnoException.check(
                LibC.statx(
                        file.number(),
                        NativeBuffer.cString(""),
                        Statx.AT_EMPTY_PATH,
                        Statx.STATX_TYPE | Statx.STATX_SIZE,
                        buffer.address()),
                file.name() + ": statx");
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

    /** Bytes in a regular file or on a block device. @throws ErrnoException naming the file */
    public static long sizeOf(Fd file) {
        return ErrnoException.check(LibC.lseek(file.number(), 0, SEEK_END), file.name() + ": lseek to its end");
    }
}
