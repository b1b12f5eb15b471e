package crosvm.vmm.linux;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.abi.VsockAddress;
import crosvm.vmm.linux.jna.LibC;
import java.lang.ref.Reference;

/**
 * A stream between host and guest (vsock(7)), non-blocking. {@link FdChannel} reads and writes it and waits; one thread reads
 * and one writes at a time. {@link #shutdown()} and {@link #endOutput()} may be called by any.
 */
public final class VsockSocket implements AutoCloseable {
    private final Fd fd;

    private VsockSocket(Fd fd) {
        this.fd = fd;
    }

    /** Takes over a connected stream socket. */
    public static VsockSocket owning(Fd fd) {
        return new VsockSocket(fd);
    }

    /**
     * Connects to a port of a guest, and waits for the answer; the kernel waits 2 s at most.
     *
     * @param cid the guest's context id
     * @param port 0 to {@link VsockAddress#MAX_PORT}
     * @throws ErrnoException naming both: ECONNRESET when nobody listens there, ETIMEDOUT when the guest does not answer (its
     *     kernel has no driver, or it has not come that far), ENODEV when no machine has that context id, EAFNOSUPPORT when
     *     this host's kernel has no vsock
     */
    public static VsockSocket connect(long cid, long port) {
        String name = "vsock port " + port + " of context id " + cid;
        int type = SocketMessage.SOCK_STREAM | SocketMessage.SOCK_CLOEXEC | SocketMessage.SOCK_NONBLOCK;
        Fd fd = Fd.owning(ErrnoException.check(LibC.socket(VsockAddress.AF_VSOCK, type, 0), name + ": socket"), name);
        try {
            NativeBuffer address = address(cid, port);
            int result = LibC.connect(fd.number(), address.address(), address.size());
            int errno = result < 0 ? LibC.errno() : 0;
            Reference.reachabilityFence(address);
            if (errno == Errno.EINPROGRESS.code() || errno == Errno.EINTR.code()) {
                errno = outcome(fd);
            }
            if (errno != 0) {
                throw new ErrnoException(name + ": connect", errno);
            }
            return new VsockSocket(fd);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** The address of a port, for connect(2) and bind(2). */
    static NativeBuffer address(long cid, long port) {
        NativeBuffer address = NativeBuffer.of(VsockAddress.LAYOUT);
        VsockAddress.FAMILY.set(address.bytes(), VsockAddress.AF_VSOCK);
        VsockAddress.PORT.set(address.bytes(), port);
        VsockAddress.CID.set(address.bytes(), cid);
        return address;
    }

    /** How a connection begun went, waiting until that is known; 0 when it stands. */
    private static int outcome(Fd fd) {
        PollSet poll = PollSet.readable(fd.number());
        poll.watch(0, fd.number(), PollSet.WRITABLE);
        while (!poll.await(-1)) {
            // A signal came.
        }
        NativeBuffer error = NativeBuffer.allocate(Integer.BYTES);
        NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);
        length.bytes().putInt(0, error.size());
        int level = SocketMessage.SOL_SOCKET;
        ErrnoException.check(
                LibC.getsockopt(fd.number(), level, SocketMessage.SO_ERROR, error.address(), length.address()),
                fd.name() + ": SO_ERROR");
        Reference.reachabilityFence(length);
        return error.bytes().getInt(0);
    }

    public Fd fd() {
        return fd;
    }

    /** Says that no more will be sent: the guest's reader sees the end of the stream, and may still answer. */
    public void endOutput() {
        if (fd.isOpen()) {
            LibC.shutdown(fd.number(), SocketMessage.SHUT_WR);
        }
    }

    /** Ends the conversation: the guest and every thread waiting here see the end of the stream. */
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
