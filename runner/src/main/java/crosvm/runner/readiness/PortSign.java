package crosvm.runner.readiness;

import crosvm.vmm.FailureReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A TCP port of the guest, tried through the host's port that passt forwards to it. passt takes every connection at once and only then
 * asks the guest, so that to be connected says nothing. What counts is what follows: bytes; or that the connection stays after
 * an earlier one was closed at once, which shows that the guest's network answers; or that it stays for longer than passt
 * waits for an answer (10 s).
 */
final class PortSign implements ReadySign {
    private static final int STAYS_MILLISECONDS = 1_000;
    private static final int SURELY_STAYS_MILLISECONDS = 12_000;
    private static final int CONNECT_MILLISECONDS = 2_000;
    private static final int REFUSED_WITHIN_MILLISECONDS = 5_000;

    private final int hostPort;
    private final long guestPort;
    private boolean answered;

    PortSign(int hostPort, long guestPort) {
        this.hostPort = hostPort;
        this.guestPort = guestPort;
    }

    @Override
    public @Nullable String look(int patienceMilliseconds) throws InterruptedException {
        String missing = look();
        answered &= missing != null; // The next time it is to show anew that the guest answers.
        if (missing != null) {
            Thread.sleep(patienceMilliseconds);
            return "port " + guestPort + " takes no connections (127.0.0.1:" + hostPort + ": " + missing + ")";
        }
        return null;
    }

    private @Nullable String look() throws InterruptedException {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hostPort), CONNECT_MILLISECONDS);
            int patience = answered ? STAYS_MILLISECONDS : SURELY_STAYS_MILLISECONDS;
            long end = System.nanoTime() + patience * 1_000_000L;
            while (System.nanoTime() < end) {
                socket.setSoTimeout(100); // So that the end of the machine is soon seen.
                try {
                    if (socket.getInputStream().read() >= 0) {
                        return null;
                    }
                    return closed(start);
                } catch (SocketTimeoutException e) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
            return null;
        } catch (IOException e) {
            closed(start);
            return FailureReason.of(e);
        }
    }

    private String closed(long start) {
        answered |= System.nanoTime() - start < REFUSED_WITHIN_MILLISECONDS * 1_000_000L;
        return "closed at once";
    }
}
