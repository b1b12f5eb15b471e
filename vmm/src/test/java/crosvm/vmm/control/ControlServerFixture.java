package crosvm.vmm.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A control server on a loop of its own, and clients for it. */
abstract class ControlServerFixture {
    static final int MIB = 1 << 20;
    static final String PING = "{\"command\":\"ping\"}\n";
    static final String PONG = "{\"version\":1,\"result\":{\"pong\":true}}";

    @TempDir
    Path folder;

    final EventLoop loop = new EventLoop("test");
    final List<AutoCloseable> closing = new ArrayList<>();
    final BlockingQueue<Reply> later = new LinkedBlockingQueue<>();
    final AtomicInteger counted = new AtomicInteger();
    ControlServer server;
    Thread thread;

    Path serve(ControlLimits limits) {
        server = ControlServer.listen(folder.resolve("c.sock"), loop, limits);
        List<Operation> operations = List.of(
                new TestOperation("ping", "answers", (arguments, reply) -> reply.result(Map.of("pong", true))),
                new TestOperation("count", "counts", (arguments, reply) -> {
                    counted.incrementAndGet();
                    reply.done();
                }),
                new TestOperation("later", "answers later", (arguments, reply) -> later.add(reply)),
                new TestOperation("much", "answers with much", this::much, new Argument("bytes", "how many bytes")),
                new TestOperation("wrong", "refuses", (arguments, reply) -> {
                    throw new ControlException(ErrorCode.NOT_POSSIBLE, "not now");
                }),
                new TestOperation("broken", "has a mistake", (arguments, reply) -> {
                    throw new IllegalStateException("oh");
                }),
                new TestOperation("undeclared", "has a mistake", (arguments, reply) -> arguments.has("secret")),
                new TestOperation("host", "meets the host", (arguments, reply) -> {
                    throw new VmmException("no space");
                }));
        server.serve(operations);
        thread = new Thread(loop::run, "test-loop");
        thread.start();
        return server.path();
    }

    void much(Arguments arguments, Reply reply) {
        reply.result(Map.of("much", "x".repeat((int) arguments.number("bytes", 0, 64 * MIB))));
    }

    Path serve() {
        return serve(ControlLimits.STANDARD);
    }

    @AfterEach
    void closesEverything() throws Exception {
        for (AutoCloseable client : closing) {
            client.close();
        }
        if (thread != null) {
            loop.stop();
            thread.join();
        }
        loop.close();
        if (server != null) {
            server.close();
            assertThat(server.path()).doesNotExist();
        }
    }

    SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        closing.add(client);
        client.connect(UnixDomainSocketAddress.of(server.path()));
        return client;
    }

    static void send(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    /** The next line, or what was left of one when the server hung up. */
    static String line(SocketChannel client) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        StringBuilder line = new StringBuilder();
        try {
            while (client.read(one.clear()) > 0 && one.get(0) != '\n') {
                line.append((char) one.get(0));
            }
        } catch (IOException e) {
            return line + "[" + e.getMessage() + "]";
        }
        return line.toString();
    }

    String ask(String text) throws IOException {
        SocketChannel client = connect();
        send(client, text);
        return line(client);
    }
}
