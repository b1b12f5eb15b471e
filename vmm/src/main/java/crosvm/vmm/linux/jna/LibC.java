package crosvm.vmm.linux.jna;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * libc's functions, direct-mapped (an ioctl costs 0.4 µs this way). Pointers are plain {@code long} addresses; every
 * function returns what C returns, and {@link #errno()} gives the calling thread's errno of its last call here. May be
 * called from any thread. Callers are {@code crosvm.vmm.linux}'s classes, which turn results into objects and errors.
 */
public final class LibC {
    static {
        Native.register(LibC.class, NativeLibrary.getProcess());
        Binding.finish();
    }

    private LibC() {}

    public static native int open(byte[] path, int flags, int mode);

    public static native int close(int fd);

    public static native long read(int fd, long buffer, long count);

    public static native long write(int fd, long buffer, long count);

    public static native long preadv(int fd, long iovec, int count, long offset);

    public static native long pwritev(int fd, long iovec, int count, long offset);

    public static native long readv(int fd, long iovec, int count);

    public static native long writev(int fd, long iovec, int count);

    public static native long memcpy(long to, long from, long count);

    public static native int fdatasync(int fd);

    /** @return 0 or an error's number, which is not in errno */
    public static native int posix_fadvise(int fd, long offset, long length, int advice);

    public static native int fallocate(int fd, int mode, long offset, long length);

    public static native long lseek(int fd, long offset, int whence);

    public static native int flock(int fd, int operation);

    public static native int fchmod(int fd, int mode);

    public static native int ftruncate(int fd, long length);

    public static native int fcntl(int fd, int command, long argument);

    public static native int ioctl(int fd, long request, long argument);

    public static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    public static native int mprotect(long address, long length, int protection);

    public static native long signal(int number, long handler);

    public static native int munmap(long address, long length);

    public static native int madvise(long address, long length, int advice);

    public static native int memfd_create(byte[] name, int flags);

    public static native int eventfd(int initial, int flags);

    public static native int epoll_create1(int flags);

    public static native int epoll_ctl(int epollFd, int operation, int fd, long event);

    public static native int epoll_wait(int epollFd, long events, int maximum, int timeoutMilliseconds);

    public static native int poll(long fds, long count, int timeoutMilliseconds);

    public static native int dup3(int from, int to, int flags);

    public static native int socket(int domain, int type, int protocol);

    public static native int socketpair(int domain, int type, int protocol, long twoInts);

    public static native int bind(int socket, long address, int length);

    public static native int listen(int socket, int backlog);

    public static native int getsockname(int socket, long address, long length);

    public static native int accept4(int socket, long address, long length, int flags);

    public static native int connect(int socket, long address, int length);

    public static native long sendmsg(int socket, long message, int flags);

    public static native long recvmsg(int socket, long message, int flags);

    public static native int getsockopt(int socket, int level, int name, long value, long lengthInt);

    public static native int geteuid();

    public static native int shutdown(int socket, int how);

    public static native int timerfd_create(int clock, int flags);

    public static native int timerfd_settime(int fd, int flags, long newValue, long oldValue);

    public static native int pthread_sigmask(int how, long set, long oldSet);

    public static native long getrandom(long buffer, long length, int flags);

    public static native int isatty(int fd);

    public static native int tcgetattr(int fd, long termios);

    public static native int tcsetattr(int fd, int actions, long termios);

    public static native int tcgetpgrp(int fd);

    public static native int getpgrp();

    public static native int pipe2(long twoInts, int flags);

    public static native int waitid(int idType, int id, long siginfo, int options);

    public static native int getpid();

    public static native int gettid();

    /** The variadic {@code syscall(2)}, always with six arguments, for what glibc wraps not at all or otherwise. */
    public static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    /** errno as this thread's last call through this class left it. */
    public static int errno() {
        return Native.getLastError();
    }

    /** The address of a direct buffer's first byte (of its whole capacity, position aside). */
    public static long addressOf(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    /**
     * A little-endian direct buffer over memory that somebody else mapped. The caller keeps the mapping alive.
     *
     * @param length bytes, at most 2^31 - 1
     */
    public static ByteBuffer bufferAt(long address, long length) {
        return new Pointer(address).getByteBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
