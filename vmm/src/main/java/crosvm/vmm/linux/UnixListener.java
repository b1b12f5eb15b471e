package crosvm.vmm.linux;

import crosvm.vmm.FailureReason;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A listening Unix stream socket at a path, for its user alone (mode 0600). A socket that its process left behind is
 * replaced, one that somebody listens on is refused; of several processes that want the same path at the same moment one
 * gets it. {@link #close()} removes the file, unless another one has taken its place. Used by one thread.
 */
public final class UnixListener implements AutoCloseable {
    /** Connections that may wait to be accepted; the kernel's own limit (net.core.somaxconn) may be lower. */
    private static final int BACKLOG = 1024;

    private static final int OWNER_ONLY = 0600;
    private static final int LOCK_EXCLUSIVE = 2;
    private static final int LOCK_NON_BLOCKING = 4;

    /** Others hold it for less than a millisecond; whoever can read the folder can hold it for ever. */
    private static final long LOCK_PATIENCE_NANOSECONDS = 2_000_000_000;

    private static final long LOCK_AGAIN_NANOSECONDS = 1_000_000;
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET_FILE = 0140000;

    private static final Logger LOG = BareLog.of(UnixListener.class);

    private final Fd fd;
    private final Path path;
    private final Object inode;

    private UnixListener(Fd fd, Path path, Object inode) {
        this.fd = fd;
        this.path = path;
        this.inode = inode;
    }

    /** @throws VmmException naming the path, what is in the way and what to do */
    public static UnixListener at(Path path) {
        Path absolute = path.toAbsolutePath();
        Fd lock = lock(absolute.getParent());
        try {
            removeStale(absolute);
            return listen(absolute);
        } finally {
            lock.close();
        }
    }

    private static UnixListener listen(Path path) {
        Fd socket = socket(path, SocketMessage.SOCK_NONBLOCK);
        try {
            // Linux gives the new file the mode of the socket, so nobody else can connect at any moment.
            ErrnoException.check(LibC.fchmod(socket.number(), OWNER_ONLY), path + ": fchmod");
            NativeBuffer address = UnixSocket.address(path.toString());
            ErrnoException.check(LibC.bind(socket.number(), address.address(), address.size()), path + ": bind");
            Reference.reachabilityFence(address);
            ErrnoException.check(LibC.listen(socket.number(), BACKLOG), path + ": listen");
            return new UnixListener(socket, path, attribute(path, "ino"));
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        } catch (IOException e) {
            socket.close();
            throw new VmmException(path + ": " + e + ", just after it was made", e);
        }
    }

    private static Fd socket(Path path, int flags) {
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC | flags;
        return Fd.owning(
                ErrnoException.check(LibC.socket(SocketMessage.AF_UNIX, type, 0), path + ": socket"), path.toString());
    }

    /** Whoever holds the folder's lock may judge and replace a socket in it. */
    private static Fd lock(@Nullable Path folder) {
        Fd open = Fd.open(String.valueOf(folder == null ? "/" : folder), Fd.O_RDONLY);
        try {
            long deadline = System.nanoTime() + LOCK_PATIENCE_NANOSECONDS;
            while (LibC.flock(open.number(), LOCK_EXCLUSIVE | LOCK_NON_BLOCKING) < 0) {
                int errno = LibC.errno();
                if (errno != Errno.EAGAIN.code() && errno != Errno.EINTR.code()) {
                    throw new ErrnoException(open.name() + ": flock", errno);
                }
                if (System.nanoTime() > deadline) {
                    throw new VmmException(open.name() + ": another process holds a lock on this folder (flock), so no"
                            + " socket can be created in it. Choose a folder of your own, or find the process:"
                            + " lslocks | grep " + open.name());
                }
                LockSupport.parkNanos(LOCK_AGAIN_NANOSECONDS);
            }
            return open;
        } catch (RuntimeException e) {
            open.close();
            throw e;
        }
    }

    private static Object attribute(Path path, String name) throws IOException {
        return Objects.requireNonNull(Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS));
    }

    private static void removeStale(Path path) {
        try {
            int mode = (Integer) attribute(path, "mode");
            if ((mode & FILE_TYPE) != SOCKET_FILE) {
                throw new VmmException(path + ": already exists and is not a socket. Remove it, or use another path");
            }
            int outcome = connect(path);
            if (outcome == 0 || outcome == Errno.EAGAIN.code()) {
                throw new VmmException(path + ": another program is already listening there. Stop that machine or"
                        + " program first, or use another path");
            }
            if (outcome == Errno.EACCES.code()) {
                throw new VmmException(path + ": is another user's socket. Use a path in a folder of your own");
            }
            Files.deleteIfExists(path);
        } catch (NoSuchFileException e) {
            return; // Nothing is in the way.
        } catch (IOException e) {
            throw new VmmException(path + ": cannot be inspected or replaced: " + FailureReason.of(e), e);
        }
    }

    /** 0 or an errno, without waiting: where the backlog is full it is EAGAIN. */
    private static int connect(Path path) {
        try (Fd probe = socket(path, SocketMessage.SOCK_NONBLOCK)) {
            NativeBuffer address = UnixSocket.address(path.toString());
            int result = LibC.connect(probe.number(), address.address(), address.size());
            int outcome = result < 0 ? LibC.errno() : 0;
            Reference.reachabilityFence(address);
            return outcome;
        }
    }

    /** Readable when somebody waits to be accepted. */
    public Fd fd() {
        return fd;
    }

    public Path path() {
        return path;
    }

    /**
     * Takes the next connection, without waiting.
     *
     * @return null when nobody waits
     * @throws ErrnoException when this process or the system has no descriptor left
     */
    public @Nullable UnixSocket accept() {
        while (true) {
            int number = LibC.accept4(fd.number(), 0, 0, SocketMessage.SOCK_CLOEXEC);
            if (number >= 0) {
                return UnixSocket.owning(Fd.owning(number, "a client of " + path));
            }
            switch (Errno.of(LibC.errno())) {
                case EINTR, ECONNABORTED -> {} // The next one, then.
                case EAGAIN -> {
                    return null;
                }
                default -> throw new ErrnoException(path + ": accept", LibC.errno());
            }
        }
    }

    /** As {@link #accept()}, of our own user or root; anybody else is hung up on. */
    public @Nullable UnixSocket acceptTrusted() {
        while (true) {
            UnixSocket socket = accept();
            if (socket == null || socket.isPeerTrusted()) {
                return socket;
            }
            LOG.log(Level.WARNING, path + ": a process of user " + socket.peerUser() + " may not connect here");
            socket.close();
        }
    }

    @Override
    public void close() {
        if (fd.isOpen()) {
            fd.close();
            try {
                if (inode.equals(attribute(path, "ino"))) {
                    Files.delete(path);
                }
            } catch (IOException e) {
                return; // Somebody has removed it already.
            }
        }
    }
}
