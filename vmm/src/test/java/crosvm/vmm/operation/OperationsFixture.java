package crosvm.vmm.operation;

import crosvm.vmm.control.ControlServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The operations of a machine whose guest is a fake, served on a real control socket, and a client of it. */
abstract class OperationsFixture {
    final FakeGuest guest = new FakeGuest();
    private final Thread thread = new Thread(guest.loop::run, "test-loop");

    @TempDir
    Path folder;

    private ControlServer server;

    /** That of {@link #ask}. */
    Client client;

    /** One connection. */
    static final class Client implements AutoCloseable {
        private final SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        private final BufferedReader answers = new BufferedReader(Channels.newReader(socket, StandardCharsets.UTF_8));

        private Client(Path server) throws IOException {
            socket.connect(UnixDomainSocketAddress.of(server));
        }

        /** Asks without waiting for the answer; arguments are members of JSON with ' in place of ". */
        void send(String command, String arguments) throws IOException {
            String line = "{\"command\":\"" + command + "\",\"arguments\":{" + arguments.replace('\'', '"') + "}}\n";
            socket.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        }

        /** The next line. */
        String answer() throws IOException {
            return answers.readLine();
        }

        /** Asks, and waits for the answer. */
        String ask(String command, String arguments) throws IOException {
            send(command, arguments);
            return answer();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @BeforeEach
    void serves() throws IOException {
        addDisks();
        server = ControlServer.listen(folder.resolve("c.sock"), guest.loop);
        server.serve(Operations.of(guest.machine()));
        thread.start();
        client = connect();
    }

    /** What the machine has in disks: none. */
    void addDisks() {}

    @AfterEach
    void closes() throws IOException, InterruptedException {
        client.close();
        guest.loop.stop();
        thread.join();
        guest.close();
        server.close();
    }

    /** One more connection. */
    Client connect() throws IOException {
        return new Client(server.path());
    }

    /** {@link Client#ask} on the first connection. */
    String ask(String command, String arguments) throws IOException {
        return client.ask(command, arguments);
    }
}
