package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/** Single datagrams to Unix sockets (unix(7)). Any thread. */
public final class UnixDatagram {
    /** How long a receiver that does not read is waited for. */
    private static final int TIMEOUT_MILLISECONDS = 1_000;

    private static final char ABSTRACT = '@';

    private UnixDatagram() {}

    /**
     * Sends one datagram. Waits up to a second for a receiver whose queue is full.
     *
     * @param address the path of a socket, or, behind an {@code @}, a name in the abstract namespace, which belongs to no file
     *     system
     * @throws ErrnoException naming the address: ENOENT, ECONNREFUSED when nobody has it open, EPROTOTYPE when it is a stream
     *     socket, ENAMETOOLONG beyond 107 bytes, EAGAIN when the queue stays full
     */
    public static void send(String address, byte[] datagram) {
        int type = SocketMessage.SOCK_DGRAM | SocketMessage.SOCK_CLOEXEC | SocketMessage.SOCK_NONBLOCK;
        int number = ErrnoException.check(LibC.socket(SocketMessage.AF_UNIX, type, 0), address + ": socket");
        try (Fd fd = Fd.owning(number, address)) {
            connect(fd, address);
            send(fd, datagram);
        }
    }

    private static void connect(Fd fd, String address) {
        NativeBuffer name = UnixSocket.address(address);
        int length = name.size();
        if (address.indexOf(ABSTRACT) == 0) {
            name.bytes().put(SocketMessage.SUN_PATH.offset(), (byte) 0);
            // Every byte counts in an abstract name, those behind its end too.
            length = SocketMessage.SUN_PATH.offset() + address.getBytes(StandardCharsets.UTF_8).length;
        }
        ErrnoException.check(LibC.connect(fd.number(), name.address(), length), address + ": connect");
        Reference.reachabilityFence(name);
    }

    private static void send(Fd fd, byte[] datagram) {
        NativeBuffer data = NativeBuffer.allocate(datagram.length);
        data.bytes().put(0, datagram);
        boolean waited = false;
        while (LibC.write(fd.number(), data.address(), datagram.length) < 0) {
            int errno = LibC.errno();
            if (errno == Errno.EAGAIN.code() && !waited) {
                waited = true;
                PollSet room = PollSet.readable(fd.number());
                room.watch(0, fd.number(), PollSet.WRITABLE);
                room.await(TIMEOUT_MILLISECONDS);
            } else if (errno != Errno.EINTR.code()) {
                throw new ErrnoException(fd.name() + ": send", errno);
            }
        }
        Reference.reachabilityFence(data);
    }
}
