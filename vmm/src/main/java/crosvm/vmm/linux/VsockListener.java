package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.abi.VsockAddress;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** Listens on a vsock port of this host that the kernel chooses (vsock(7)), for streams from one guest. Used by one thread. */
public final class VsockListener implements AutoCloseable {
    private static final int BACKLOG = 16;
    private static final long ANY_PORT = 0xffff_ffffL;

    private final Fd fd;
    private final long port;
    private final NativeBuffer peer = NativeBuffer.of(VsockAddress.LAYOUT);
    private final NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);

    private VsockListener(Fd fd, long port) {
        this.fd = fd;
        this.port = port;
    }

    /** @throws ErrnoException when this host's kernel has no vsock (EAFNOSUPPORT), or no device for it */
    public static VsockListener open() {
        String name = "a vsock port of this host";
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC | SocketMessage.SOCK_NONBLOCK;
        Fd fd = Fd.owning(ErrnoException.check(LibC.socket(VsockAddress.AF_VSOCK, type, 0), name + ": socket"), name);
        try {
            NativeBuffer address = VsockSocket.address(VsockAddress.CID_ANY, ANY_PORT);
            ErrnoException.check(LibC.bind(fd.number(), address.address(), address.size()), name + ": bind");
            ErrnoException.check(LibC.listen(fd.number(), BACKLOG), name + ": listen");
            NativeBuffer size = NativeBuffer.allocate(Integer.BYTES);
            size.bytes().putInt(0, address.size());
            ErrnoException.check(
                    LibC.getsockname(fd.number(), address.address(), size.address()), name + ": getsockname");
            Reference.reachabilityFence(size);
            return new VsockListener(fd, VsockAddress.PORT.get(address.bytes()));
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** The port, 0 to 0xfffffffe. */
    public long port() {
        return port;
    }

    /** Readable when somebody has connected. */
    public Fd fd() {
        return fd;
    }

    /**
     * Takes the next connection of this guest, without waiting; others, who are no business of ours, are hung up on.
     *
     * @return null when none waits
     */
    public @Nullable Fd accept(long cid) {
        while (true) {
            length.bytes().putInt(0, peer.size());
            int flags = SocketMessage.SOCK_CLOEXEC | SocketMessage.SOCK_NONBLOCK;
            int number = LibC.accept4(fd.number(), peer.address(), length.address(), flags);
            if (number < 0) {
                int errno = LibC.errno();
                if (errno == Errno.EINTR.code() || errno == Errno.ECONNABORTED.code()) {
                    continue;
                }
                if (errno == Errno.EAGAIN.code()) {
                    return null;
                }
                throw new ErrnoException("vsock port " + port + ": accept", errno);
            }
            Fd connection = Fd.owning(number, "a guest's connection to vsock port " + port);
            if (VsockAddress.CID.get(peer.bytes()) == cid) {
                return connection;
            }
            connection.close();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
