package crosvm.vmm.linux;

/** The errno values the engine tells apart or shows by name (asm-generic/errno-base.h and errno.h). */
public enum Errno {
    EPERM(1, "operation not permitted"),
    ENOENT(2, "no such file or directory"),
    ESRCH(3, "no such process"),
    EINTR(4, "interrupted"),
    EIO(5, "input/output error"),
    ENXIO(6, "no such device or address"),
    E2BIG(7, "argument list too long"),
    EBADF(9, "bad file descriptor"),
    ECHILD(10, "no child processes"),
    EAGAIN(11, "resource temporarily unavailable"),
    ENOMEM(12, "out of memory"),
    EACCES(13, "permission denied"),
    EFAULT(14, "bad address"),
    EBUSY(16, "device or resource busy"),
    EEXIST(17, "file exists"),
    ENODEV(19, "no such device"),
    ENOTDIR(20, "not a directory"),
    EISDIR(21, "is a directory"),
    EINVAL(22, "invalid argument"),
    ENFILE(23, "too many open files in the system"),
    EMFILE(24, "too many open files"),
    ENOTTY(25, "not supported by this kind of file"),
    ETXTBSY(26, "text file busy"),
    EFBIG(27, "file too large"),
    ENOSPC(28, "no space left on device"),
    ESPIPE(29, "illegal seek"),
    EROFS(30, "read-only file system"),
    EPIPE(32, "broken pipe"),
    ENAMETOOLONG(36, "file name too long"),
    ENOSYS(38, "not implemented by this kernel"),
    ELOOP(40, "too many levels of symbolic links"),
    EOVERFLOW(75, "value too large"),
    EBADFD(77, "file descriptor in bad state"),
    ENOTSOCK(88, "not a socket"),
    EADDRINUSE(98, "address already in use"),
    EADDRNOTAVAIL(99, "address not available"),
    ENETDOWN(100, "network is down"),
    ECONNABORTED(103, "connection aborted"),
    ECONNRESET(104, "connection reset by peer"),
    ENOBUFS(105, "no buffer space available"),
    ENOTCONN(107, "not connected"),
    ETIMEDOUT(110, "timed out"),
    ECONNREFUSED(111, "connection refused"),
    EHOSTUNREACH(113, "no route to host"),
    EINPROGRESS(115, "operation in progress"),
    ECANCELED(125, "operation canceled"),
    EAFNOSUPPORT(97, "address family not supported"),
    EOPNOTSUPP(95, "operation not supported"),
    UNKNOWN(0, "unknown error");

    private final int code;
    private final String text;

    Errno(int code, String text) {
        this.code = code;
        this.text = text;
    }

    public int code() {
        return code;
    }

    /** The value with this number, or {@link #UNKNOWN}. */
    public static Errno of(int code) {
        for (Errno errno : values()) {
            if (errno.code == code) {
                return errno;
            }
        }
        return UNKNOWN;
    }

    /** For a message: {@code EACCES (permission denied)}, or {@code errno 133}. */
    public static String describe(int code) {
        Errno errno = of(code);
        return errno == UNKNOWN ? "errno " + code : errno.name() + " (" + errno.text + ")";
    }
}
