package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Ioctl;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor with one owner, close-on-exec, closed exactly once. Any thread may read {@link #number()}; the owner
 * closes.
 */
public final class Fd implements AutoCloseable {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_APPEND = 0x400;
    public static final int O_EXCL = 0x80;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;

    private static final int O_ACCMODE = 3;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int CLOSED = -1;
    private final AtomicInteger number;
    private final String name;

    private Fd(int number, String name) {
        this.number = new AtomicInteger(number);
        this.name = name;
    }

    /** Takes over a descriptor somebody just created. {@code name} says in messages what it is. */
    public static Fd owning(int number, String name) {
        return new Fd(number, name);
    }

    /**
     * open(2) with O_CLOEXEC added.
     *
     * @throws ErrnoException naming the path and errno
     */
    public static Fd open(String path, int flags) {
        int fd;
        do {
            fd = LibC.open(NativeBuffer.cString(path), flags | O_CLOEXEC, 0600);
        } while (fd < 0 && LibC.errno() == Errno.EINTR.code());
        return new Fd(ErrnoException.check(fd, path + ": open"), path);
    }

    /**
     * Another descriptor for the same open file, with an owner of its own.
     *
     * @throws ErrnoException naming the file
     */
    public Fd duplicate() {
        return owning(ErrnoException.check(LibC.fcntl(number(), F_DUPFD_CLOEXEC, 0), name + ": F_DUPFD_CLOEXEC"), name);
    }

    /** @throws IllegalStateException when closed already, which is a bug of ours */
    public int number() {
        int fd = number.get();
        if (fd == CLOSED) {
            throw new IllegalStateException(name + ": used after close");
        }
        return fd;
    }

    public boolean isOpen() {
        return number.get() != CLOSED;
    }

    public String name() {
        return name;
    }

    /**
     * An ioctl whose argument is a number or an address.
     *
     * @throws ErrnoException naming the file and the ioctl
     */
    public int ioctl(Ioctl ioctl, long argument) {
        int result = LibC.ioctl(number(), ioctl.request(), argument);
        if (result < 0) {
            throw new ErrnoException(name + ": " + ioctl.name(), LibC.errno());
        }
        return result;
    }

    /**
     * Makes reads and writes answer EAGAIN instead of waiting, for everybody who has the same file description.
     *
     * @throws ErrnoException naming the file
     */
    public void setNonBlocking() {
        int flags = ErrnoException.check(LibC.fcntl(number(), F_GETFL, 0), name + ": F_GETFL");
        if ((flags & O_NONBLOCK) == 0) {
            ErrnoException.check(LibC.fcntl(number(), F_SETFL, flags | O_NONBLOCK), name + ": F_SETFL");
        }
    }

    /**
     * Takes {@link #O_NONBLOCK} back, for everybody who has the same file description.
     *
     * @throws ErrnoException naming the file
     */
    public void setBlocking() {
        int flags = ErrnoException.check(LibC.fcntl(number(), F_GETFL, 0), name + ": F_GETFL");
        if ((flags & O_NONBLOCK) != 0) {
            ErrnoException.check(LibC.fcntl(number(), F_SETFL, flags & ~O_NONBLOCK), name + ": F_SETFL");
        }
    }

    /**
     * Whether reads and writes answer EAGAIN instead of waiting.
     *
     * @throws ErrnoException naming the file
     */
    public boolean isNonBlocking() {
        return (ErrnoException.check(LibC.fcntl(number(), F_GETFL, 0), name + ": F_GETFL") & O_NONBLOCK) != 0;
    }

    /**
     * O_RDONLY, O_WRONLY or O_RDWR: how the file was opened.
     *
     * @throws ErrnoException naming the file
     */
    public int accessMode() {
        return ErrnoException.check(LibC.fcntl(number(), F_GETFL, 0), name + ": F_GETFL") & O_ACCMODE;
    }

    /**
     * dup3(2): from now on {@code other}'s number stands for what this one's stands for, in one step for all threads.
     *
     * @throws ErrnoException naming the file
     */
    public void replace(Fd other) {
        int result;
        do {
            result = LibC.dup3(number(), other.number(), O_CLOEXEC);
        } while (result < 0 && (LibC.errno() == Errno.EINTR.code() || LibC.errno() == Errno.EBUSY.code()));
        ErrnoException.check(result, name + ": dup3");
    }

    /**
     * An ioctl whose argument is a struct, kept alive until the kernel is done with it.
     *
     * @throws ErrnoException likewise
     */
    public int ioctl(Ioctl ioctl, NativeBuffer argument) {
        try {
            return ioctl(ioctl, argument.address());
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    @Override
    public void close() {
        int fd = number.getAndSet(CLOSED);
        if (fd != CLOSED) {
            LibC.close(fd); // Linux releases the descriptor even when close reports EINTR or EIO.
        }
    }

    @Override
    public String toString() {
        return name + " (fd " + number.get() + ")";
    }
}
