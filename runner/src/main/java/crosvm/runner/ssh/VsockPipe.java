package crosvm.runner.ssh;

import crosvm.runner.report.FailedException;
import crosvm.vmm.linux.Errno;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import crosvm.vmm.linux.VsockSocket;
import java.nio.ByteBuffer;
import java.util.List;

/** A connection handed to this process's standard streams: piped through them, or passed on as a descriptor. */
public final class VsockPipe {
    private static final int CHUNK_BYTES = 1 << 16;

    private VsockPipe() {}

    /**
     * Pipes input to the guest and what the guest sends to output, until the guest ends the stream or nobody reads any more. The end
     * of the input is passed on; the guest may still answer.
     *
     * @param in a descriptor to read from, which stays the caller's
     * @param out one to write to, likewise
     * @throws FailedException when output cannot be written
     */
    public static void run(VsockSocket socket, int in, int out) {
        Thread sender = new Thread(() -> send(socket, in), "vsock-send");
        sender.setDaemon(true); // The guest may be done while nothing is typed.
        sender.start();
        FdChannel from = FdChannel.over(socket.fd().number(), socket.fd().name());
        FdChannel to = FdChannel.over(out, "standard output");
        ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
        while (true) {
            try {
                if (from.read(piece.clear()) < 0) {
                    return;
                }
            } catch (ErrnoException e) {
                return; // Reset: the guest is done with it.
            }
            try {
                to.write(piece.flip());
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EPIPE) {
                    return;
                }
                throw new FailedException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    private static void send(VsockSocket socket, int in) {
        FdChannel from = FdChannel.over(in, "standard input");
        FdChannel to = FdChannel.over(socket.fd().number(), socket.fd().name());
        ByteBuffer piece = ByteBuffer.allocate(CHUNK_BYTES);
        try {
            while (from.read(piece.clear()) >= 0) {
                to.write(piece.flip());
            }
        } catch (ErrnoException e) {
            return; // The other direction tells of the end.
        }
        socket.endOutput();
    }

    /**
     * Passes the connection to whoever has the other end of standard output, as ssh with ProxyUseFdpass wants it.
     *
     * @throws FailedException when that is no socket
     */
    public static void pass(VsockSocket socket, int out) {
        UnixSocket peer = UnixSocket.owning(Fd.owning(out, "standard output"));
        NativeBuffer nothing = NativeBuffer.allocate(1);
        long sent = peer.send(nothing, 0, 1, List.of(socket.fd()));
        if (sent < 0) {
            throw new FailedException("standard output: is not a socket that takes a descriptor ("
                    + Errno.describe((int) -sent) + "); --fdpass is for ssh's ProxyUseFdpass");
        }
    }
}
