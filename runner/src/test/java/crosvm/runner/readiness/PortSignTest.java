package crosvm.runner.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a stand-in for passt, which takes every connection and only then knows what the guest says. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PortSignTest {
    /** What happens to a connection. */
    private enum Fate {
        CLOSED,
        GREETED,
        KEPT
    }

    private static final class Passt implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> kept = new ArrayList<>();

        Passt(Fate... fates) throws IOException {
            Thread thread = new Thread(() -> serve(fates), "stand-in for passt");
            thread.setDaemon(true);
            thread.start();
        }

        private void serve(Fate... fates) {
            try {
                for (Fate fate : fates) {
                    Socket socket = server.accept();
                    kept.add(socket);
                    if (fate == Fate.CLOSED) {
                        socket.close();
                    } else if (fate == Fate.GREETED) {
                        socket.getOutputStream().write("SSH-2.0\r\n".getBytes());
                    }
                }
            } catch (IOException e) {
                return; // The test has ended.
            }
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : kept) {
                socket.close();
            }
        }
    }

    @Test
    void isNotSeenInAConnectionThatIsTakenAndClosed() throws Exception {
        try (Passt passt = new Passt(Fate.CLOSED)) {
            assertThat(new PortSign(passt.port(), 80).look(1))
                    .isEqualTo("port 80 takes no connections (127.0.0.1:" + passt.port() + ": closed at once)");
        }
    }

    @Test
    void isSeenInTheFirstByte() throws Exception {
        try (Passt passt = new Passt(Fate.GREETED)) {
            assertThat(new PortSign(passt.port(), 22).look(1)).isNull();
        }
    }

    @Test
    void isSeenInAConnectionThatStaysAfterOneThatWasClosed() throws Exception {
        try (Passt passt = new Passt(Fate.CLOSED, Fate.KEPT)) {
            PortSign sign = new PortSign(passt.port(), 80);
            assertThat(sign.look(1)).isNotNull();
            assertThat(sign.look(1)).isNull();
        }
    }

    @Test
    void saysThatNobodyForwardsThePort() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        assertThat(new PortSign(port, 80).look(1)).startsWith("port 80 takes no connections (127.0.0.1:" + port + ": ");
    }
}
