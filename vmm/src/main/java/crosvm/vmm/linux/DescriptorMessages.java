package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * sendmsg(2) and recvmsg(2) with descriptors beside the bytes (SCM_RIGHTS), never waiting. Its buffers serve any number of
 * Unix sockets. One thread sends and one receives at a time.
 */
public final class DescriptorMessages {
    /** SCM_MAX_FD: what Linux sends in one message. */
    private static final int MAX_SENT = 253;

    private static final int INT = Integer.BYTES;

    private final Header out;
    private final Header in;
    private final int receiveSize;

    /** A msghdr with its control buffer, and an iovec for those who have one piece only. */
    private static final class Header {
        private final NativeBuffer message = NativeBuffer.of(SocketMessage.HEADER);
        private final NativeBuffer vector = NativeBuffer.of(SocketMessage.IOVEC);
        private final NativeBuffer control;

        private Header(int fds) {
            control = NativeBuffer.allocate(SocketMessage.CONTROL_HEADER.size() + fds * INT);
        }

        private long over(NativeBuffer data, int offset, int length, int controlLength) {
            SocketMessage.IOV_BASE.set(vector.bytes(), data.address() + offset);
            SocketMessage.IOV_LEN.set(vector.bytes(), length);
            return over(vector.address(), 1, controlLength);
        }

        private long over(long vectors, int count, int controlLength) {
            SocketMessage.IOV.set(message.bytes(), vectors);
            SocketMessage.IOVLEN.set(message.bytes(), count);
            SocketMessage.CONTROL.set(message.bytes(), controlLength == 0 ? 0 : control.address());
            SocketMessage.CONTROLLEN.set(message.bytes(), controlLength);
            SocketMessage.FLAGS.set(message.bytes(), 0);
            return message.address();
        }
    }

    /** @param maxReceived descriptors taken with one {@link #receive}; with more than these the peer gets an error */
    public DescriptorMessages(int maxReceived) {
        out = new Header(MAX_SENT);
        in = new Header(maxReceived);
        receiveSize = SocketMessage.CONTROL_HEADER.size() + maxReceived * INT;
    }

    /**
     * Sends once.
     *
     * @param fds at most 253, go with the first byte; they stay the caller's
     * @return bytes sent, or the negative errno (-EAGAIN when the peer does not read)
     */
    public long send(Fd socket, NativeBuffer data, int offset, int length, List<Fd> fds) {
        long sent = send(socket, out.over(data, offset, length, controlFor(fds)));
        Reference.reachabilityFence(data);
        return sent;
    }

    /** The same with all of {@code data}, which is not advanced. */
    public long send(Fd socket, IoVectors data, List<Fd> fds) {
        return send(socket, out.over(data.head(), data.count(), controlFor(fds)));
    }

    private long send(Fd socket, long message) {
        long sent =
                result(LibC.sendmsg(socket.number(), message, SocketMessage.MSG_DONTWAIT | SocketMessage.MSG_NOSIGNAL));
        Reference.reachabilityFence(this); // The kernel gets addresses only: what they point to must not be collected.
        return sent;
    }

    private int controlFor(List<Fd> fds) {
        if (fds.isEmpty()) {
            return 0;
        }
        ByteBuffer control = out.control.bytes();
        int length = SocketMessage.CONTROL_HEADER.size() + fds.size() * INT;
        SocketMessage.CMSG_LEN.set(control, length);
        SocketMessage.CMSG_LEVEL.set(control, SocketMessage.SOL_SOCKET);
        SocketMessage.CMSG_TYPE.set(control, SocketMessage.SCM_RIGHTS);
        for (int i = 0; i < fds.size(); i++) {
            control.putInt(
                    SocketMessage.CONTROL_HEADER.size() + i * INT, fds.get(i).number());
        }
        return length;
    }

    /**
     * Receives once.
     *
     * @param fds gets the descriptors that came along, close-on-exec, for the caller to close
     * @return bytes received, 0 at the end of the stream, or the negative errno: -EAGAIN when there is nothing, -E2BIG
     *     when more descriptors came than are taken ({@code fds} has some of them)
     */
    public long receive(Fd socket, NativeBuffer data, int offset, int length, List<Fd> fds) {
        long message = in.over(data, offset, length, receiveSize);
        long got = result(
                LibC.recvmsg(socket.number(), message, SocketMessage.MSG_DONTWAIT | SocketMessage.MSG_CMSG_CLOEXEC));
        Reference.reachabilityFence(data);
        Reference.reachabilityFence(this);
        if (got >= 0) {
            takeFds(socket, fds);
            if ((SocketMessage.FLAGS.get(in.message.bytes()) & SocketMessage.MSG_CTRUNC) != 0) {
                return -Errno.E2BIG.code();
            }
        }
        return got;
    }

    private void takeFds(Fd socket, List<Fd> fds) {
        ByteBuffer control = in.control.bytes();
        int end = (int) SocketMessage.CONTROLLEN.get(in.message.bytes());
        int head = SocketMessage.CONTROL_HEADER.size();
        // Linux hands over one SCM_RIGHTS at most, and no other kind unless it was asked for with a socket option.
        if (end >= head
                && SocketMessage.CMSG_LEVEL.get(control) == SocketMessage.SOL_SOCKET
                && SocketMessage.CMSG_TYPE.get(control) == SocketMessage.SCM_RIGHTS) {
            int length = (int) Math.min(SocketMessage.CMSG_LEN.get(control), end);
            for (int at = head; at + INT <= length; at += INT) {
                fds.add(Fd.owning(control.getInt(at), "received over " + socket.name()));
            }
        }
    }

    private static long result(long result) {
        return result < 0 ? -LibC.errno() : result;
    }
}
