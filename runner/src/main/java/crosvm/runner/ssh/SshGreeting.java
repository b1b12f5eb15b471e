package crosvm.runner.ssh;

import crosvm.runner.report.Durations;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.FdChannel;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.linux.VsockSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The line with which an sshd greets (RFC 4253, 4.2), as the sign that a guest lets somebody in. */
public final class SshGreeting {
    private static final String VERSION = "SSH-2.0-";

    private SshGreeting() {}

    /**
     * Waits for one, connecting as often as it takes.
     *
     * @throws UnreachableException naming the broken link when the time is over
     */
    public static void await(GuestPort port, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            try (VsockSocket socket = port.connect(left)) {
                if (greets(socket, deadline)) {
                    return;
                }
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new UnreachableException(port.folder().name() + ": the guest accepts connections on vsock port "
                        + port.port() + " and does not answer as sshd does within " + Durations.text(patience));
            }
            GuestPort.pause();
        }
    }

    /** A service that is still being started closes the connection, or greets late. */
    private static boolean greets(VsockSocket socket, long deadline) {
        FdChannel from = FdChannel.over(socket.fd().number(), socket.fd().name());
        PollSet readable = PollSet.readable(socket.fd().number());
        ByteBuffer line = ByteBuffer.allocate(VERSION.length());
        try {
            while (line.hasRemaining()) {
                long left = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
                if (!readable.await((int) Math.min(left, SshOptions.ANSWER.toMillis()))
                        && System.nanoTime() - deadline >= 0) {
                    return false;
                }
                if (readable.ready(0) && from.read(line) < 0) {
                    return false;
                }
            }
        } catch (ErrnoException e) {
            return false;
        }
        return new String(line.array(), StandardCharsets.US_ASCII).equals(VERSION);
    }
}
