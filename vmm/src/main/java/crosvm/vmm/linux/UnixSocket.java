package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A Unix stream socket (unix(7)) that carries descriptors beside bytes (SCM_RIGHTS). Sending and receiving never wait;
 * {@link #await} does. One thread sends and one receives at a time; {@link #shutdown()} may be called by any.
 */
public final class UnixSocket implements AutoCloseable {
    /** Descriptors taken with one {@link #receive}; with more than these the peer gets an error. */
    public static final int MAX_FDS = 8;

    /** SCM_MAX_FD: what Linux sends in one message. */
    private static final int MAX_SENT_FDS = 253;

    private static final int INT = 4;
    private static final int RECEIVE_SIZE = SocketMessage.CONTROL_HEADER.size() + MAX_FDS * INT;

    private final Fd fd;
    private final Header out = new Header(MAX_SENT_FDS);
    private final Header in = new Header(MAX_FDS);
    private final PollSet readable;
    private final PollSet writable;

    /** A msghdr with its one iovec and its control buffer. */
    private static final class Header {
        private final NativeBuffer message = NativeBuffer.of(SocketMessage.HEADER);
        private final NativeBuffer vector = NativeBuffer.of(SocketMessage.IOVEC);
        private final NativeBuffer control;

        /** The kernel gets addresses only: what they point to must not be collected before {@link #done}. */
        private Header(int fds) {
            control = NativeBuffer.allocate(SocketMessage.CONTROL_HEADER.size() + fds * INT);
        }

        private long over(NativeBuffer data, int offset, int length, int controlLength) {
            SocketMessage.IOV_BASE.set(vector.bytes(), data.address() + offset);
            SocketMessage.IOV_LEN.set(vector.bytes(), length);
            SocketMessage.IOV.set(message.bytes(), vector.address());
            SocketMessage.IOVLEN.set(message.bytes(), 1);
            SocketMessage.CONTROL.set(message.bytes(), controlLength == 0 ? 0 : control.address());
            SocketMessage.CONTROLLEN.set(message.bytes(), controlLength);
            SocketMessage.FLAGS.set(message.bytes(), 0);
            return message.address();
        }

        private void done(NativeBuffer data) {
            Reference.reachabilityFence(data);
            Reference.reachabilityFence(this);
        }
    }

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

    /** Two sockets connected with each other. @param name for messages */
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
        UnixSocket socket = create(path);
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
        UnixSocket socket = create(path);
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

    private static UnixSocket create(String path) {
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC;
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

    /**
     * sendmsg(2) once.
     *
     * @param fds at most 253, go with the first byte; they stay the caller's
     * @return bytes sent, or the negative errno (-EAGAIN when the peer does not read)
     */
    public long send(NativeBuffer data, int offset, int length, List<Fd> fds) {
        ByteBuffer control = out.control.bytes();
        int controlLength = 0;
        if (!fds.isEmpty()) {
            controlLength = SocketMessage.CONTROL_HEADER.size() + fds.size() * INT;
            SocketMessage.CMSG_LEN.set(control, controlLength);
            SocketMessage.CMSG_LEVEL.set(control, SocketMessage.SOL_SOCKET);
            SocketMessage.CMSG_TYPE.set(control, SocketMessage.SCM_RIGHTS);
            for (int i = 0; i < fds.size(); i++) {
                control.putInt(
                        SocketMessage.CONTROL_HEADER.size() + i * INT,
                        fds.get(i).number());
            }
        }
        long message = out.over(data, offset, length, controlLength);
        return result(LibC.sendmsg(fd.number(), message, SocketMessage.MSG_DONTWAIT | SocketMessage.MSG_NOSIGNAL));
    }

    /**
     * recvmsg(2) once.
     *
     * @param fds gets the descriptors that came along, close-on-exec, for the caller to close
     * @return bytes received, 0 at the end of the stream, or the negative errno: -EAGAIN when there is nothing, -E2BIG
     *     when more than {@value #MAX_FDS} descriptors came ({@code fds} has some of them)
     */
    public long receive(NativeBuffer data, int offset, int length, List<Fd> fds) {
        long message = in.over(data, offset, length, RECEIVE_SIZE);
        long got =
                result(LibC.recvmsg(fd.number(), message, SocketMessage.MSG_DONTWAIT | SocketMessage.MSG_CMSG_CLOEXEC));
        in.done(data);
        if (got >= 0) {
            takeFds(fds);
            if ((SocketMessage.FLAGS.get(in.message.bytes()) & SocketMessage.MSG_CTRUNC) != 0) {
                return -Errno.E2BIG.code();
            }
        }
        return got;
    }

    private void takeFds(List<Fd> fds) {
        ByteBuffer control = in.control.bytes();
        int end = (int) SocketMessage.CONTROLLEN.get(in.message.bytes());
        int head = SocketMessage.CONTROL_HEADER.size();
        // Linux hands over one SCM_RIGHTS at most, and no other kind unless it was asked for with a socket option.
        if (end >= head
                && SocketMessage.CMSG_LEVEL.get(control) == SocketMessage.SOL_SOCKET
                && SocketMessage.CMSG_TYPE.get(control) == SocketMessage.SCM_RIGHTS) {
            int length = (int) Math.min(SocketMessage.CMSG_LEN.get(control), end);
            for (int at = head; at + INT <= length; at += INT) {
                fds.add(Fd.owning(control.getInt(at), "received over " + fd.name()));
            }
        }
    }

    private static long result(long result) {
        return result < 0 ? -LibC.errno() : result;
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
