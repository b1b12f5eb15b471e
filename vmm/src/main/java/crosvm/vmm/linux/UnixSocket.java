package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.Field;
import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A Unix stream socket (unix(7)) that carries descriptors beside bytes (SCM_RIGHTS). Sending and receiving never wait;
 * {@link #awaitReadable} and {@link #awaitWritable} do. One thread sends and one receives at a time; {@link #shutdown()} may be called by any.
 */
public final class UnixSocket implements AutoCloseable {
    /** Descriptors taken with one {@link #receive}; with more than these the peer gets an error. */
    public static final int MAX_FDS = 8;

    private static final int INT = 4;

    private final Fd fd;
    private final DescriptorMessages messages = new DescriptorMessages(MAX_FDS);
    private final PollSet readable;
    private final PollSet writable;

    private UnixSocket(Fd fd) {
        this.fd = fd;
        readable = PollSet.readable(fd.number());
        writable = PollSet.readable(fd.number());
        writable.watch(0, fd.number(), PollSet.WRITABLE);
    }

    /** Takes over a connected or listening socket. */
    public static UnixSocket owning(Fd fd) {
        return new UnixSocket(fd);
    }

    /**
     * Two sockets connected with each other.
     *
     * @param name for messages
     */
    public static List<UnixSocket> pair(String name) {
        NativeBuffer two = NativeBuffer.allocate(2 * INT);
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC;
        ErrnoException.check(LibC.socketpair(SocketMessage.AF_UNIX, type, 0, two.address()), "socketpair for " + name);
        return List.of(
                new UnixSocket(Fd.owning(two.bytes().getInt(0), name)),
                new UnixSocket(Fd.owning(two.bytes().getInt(INT), name)));
    }

    /**
     * A listening socket at a path that does not exist yet.
     *
     * @throws ErrnoException naming the path: EADDRINUSE when there is a file already
     */
    public static UnixSocket listen(String path) {
        UnixSocket socket = create(path, 0);
        try {
            NativeBuffer address = address(path);
            ErrnoException.check(LibC.bind(socket.fd.number(), address.address(), address.size()), path + ": bind");
            Reference.reachabilityFence(address);
            ErrnoException.check(LibC.listen(socket.fd.number(), 1), path + ": listen");
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** @throws ErrnoException naming the path: ENOENT, or ECONNREFUSED when nobody listens */
    public static UnixSocket connect(String path) {
        return connect(path, create(path, 0));
    }

    /** Without waiting: EAGAIN when the listener has more callers than it answers. The descriptor is non-blocking. */
    public static UnixSocket connectNow(String path) {
        return connect(path, create(path, Fd.O_NONBLOCK));
    }

    private static UnixSocket connect(String path, UnixSocket socket) {
        try {
            NativeBuffer address = address(path);
            ErrnoException.check(
                    LibC.connect(socket.fd.number(), address.address(), address.size()), path + ": connect");
            Reference.reachabilityFence(address);
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static UnixSocket create(String path, int flags) {
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC | flags;
        int number = ErrnoException.check(LibC.socket(SocketMessage.AF_UNIX, type, 0), path + ": socket");
        return new UnixSocket(Fd.owning(number, path));
    }

    static NativeBuffer address(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= SocketMessage.SUN_PATH.count()) {
            throw new ErrnoException(
                    path + ": bind", Errno.ENAMETOOLONG.code(), "A socket's path has at most 107 bytes");
        }
        NativeBuffer address = NativeBuffer.of(SocketMessage.UNIX_ADDRESS);
        SocketMessage.SUN_FAMILY.set(address.bytes(), SocketMessage.AF_UNIX);
        address.bytes().put(SocketMessage.SUN_PATH.offset(), bytes);
        return address;
    }

    /** Whether the other end is a process of our own user or of root, who may do what we may. */
    public boolean isPeerTrusted() {
        long peer = peerUser();
        return peer == 0 || peer == LibC.geteuid();
    }

    /** Whether the other end is a process of our own user, and not even root's. */
    public boolean isPeerOfOurUser() {
        return peerUser() == LibC.geteuid();
    }

    /** The user id of the process that connected, or listened; as this process's user namespace numbers it. */
    public long peerUser() {
        return peer(SocketMessage.PEER_UID);
    }

    /** The number of that process, which may be gone and the number another's; 0 where this process's PID namespace has none for it. */
    public int peerProcess() {
        return (int) peer(SocketMessage.PEER_PID);
    }

    private long peer(Field field) {
        NativeBuffer peer = NativeBuffer.of(SocketMessage.PEER);
        NativeBuffer length = NativeBuffer.allocate(INT);
        length.bytes().putInt(0, peer.size());
        ErrnoException.check(
                LibC.getsockopt(
                        fd.number(),
                        SocketMessage.SOL_SOCKET,
                        SocketMessage.SO_PEERCRED,
                        peer.address(),
                        length.address()),
                fd.name() + ": SO_PEERCRED");
        Reference.reachabilityFence(length);
        return field.get(peer.bytes());
    }

    /** Waits for a peer to connect. */
    public UnixSocket accept() {
        int number;
        do {
            number = LibC.accept4(fd.number(), 0, 0, SocketMessage.SOCK_CLOEXEC);
        } while (number < 0 && LibC.errno() == Errno.EINTR.code());
        ErrnoException.check(number, fd.name() + ": accept");
        return new UnixSocket(Fd.owning(number, fd.name()));
    }

    public Fd fd() {
        return fd;
    }

    /** @return whether there is something to receive (also the end of the stream) within the time; -1 waits for ever */
    public boolean awaitReadable(int timeoutMilliseconds) {
        return readable.await(timeoutMilliseconds);
    }

    public boolean awaitWritable(int timeoutMilliseconds) {
        return writable.await(timeoutMilliseconds);
    }

    /** {@link DescriptorMessages#send(Fd, NativeBuffer, int, int, List)} on this socket. */
    public long send(NativeBuffer data, int offset, int length, List<Fd> fds) {
        return messages.send(fd, data, offset, length, fds);
    }

    /** {@link DescriptorMessages#receive} on this socket, of at most {@value #MAX_FDS} descriptors. */
    public long receive(NativeBuffer data, int offset, int length, List<Fd> fds) {
        return messages.receive(fd, data, offset, length, fds);
    }

    /** Ends the conversation: the peer and every thread waiting here see the end of the stream. */
    public void shutdown() {
        if (fd.isOpen()) {
            LibC.shutdown(fd.number(), SocketMessage.SHUT_RDWR);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
