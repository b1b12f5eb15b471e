package crosvm.vmm.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.json.Json;
import crosvm.vmm.VmmException;
import crosvm.vmm.event.EventLoop;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of all kinds on real sockets. */
@Timeout(120)
class ControlServerTest {
    private static final int MIB = 1 << 20;
    private static final String PING = "{\"command\":\"ping\"}\n";
    private static final String PONG = "{\"version\":1,\"result\":{\"pong\":true}}";

    @TempDir
    private Path folder;

    private final EventLoop loop = new EventLoop("test");
    private final List<AutoCloseable> closing = new ArrayList<>();
    private final BlockingQueue<Reply> later = new LinkedBlockingQueue<>();
    private final AtomicInteger counted = new AtomicInteger();
    private ControlServer server;
    private Thread thread;

    private Path serve(ControlLimits limits) {
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

    private void much(Arguments arguments, Reply reply) {
        reply.result(Map.of("much", "x".repeat((int) arguments.number("bytes", 0, 64 * MIB))));
    }

    private Path serve() {
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

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
        closing.add(client);
        client.connect(UnixDomainSocketAddress.of(server.path()));
        return client;
    }

    private static void send(SocketChannel client, String text) throws IOException {
        client.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    /** The next line, or what was left of one when the server hung up. */
    private static String line(SocketChannel client) throws IOException {
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

    private String ask(String text) throws IOException {
        SocketChannel client = connect();
        send(client, text);
        return line(client);
    }

    @Test
    void answersRequestsInTheirOrderWithTheirIds() throws IOException {
        serve();
        SocketChannel client = connect();
        send(
                client,
                "{\"version\":1,\"id\":7,\"command\":\"ping\",\"arguments\":{}}\n\n{\"id\":\"ü\",\"command\":\"nix\"}\n");
        assertThat(line(client)).isEqualTo("{\"version\":1,\"id\":7,\"result\":{\"pong\":true}}");
        assertThat(line(client)).contains("\"code\":\"bad-json\"");
        assertThat(line(client)).contains("\"code\":\"unknown-command\"", "known: ping, count", "help");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rubbish | bad-json | at column 1",
                "[1] | bad-json | an object is expected",
                "{\"command\":\"ping\"} {} | bad-json | something follows",
                "{\"command\":\"ping\",\"command\":\"ping\"} | bad-json | Duplicate",
                "{\"id\":123456789012345678901234567890,\"command\":\"ping\"} | bad-json | beyond 64 bits",
                "{\"id\":{},\"command\":\"ping\"} | bad-request | id: is neither",
                "{\"version\":2,\"command\":\"ping\"} | bad-version | speaks version 1",
                "{\"verson\":1,\"command\":\"ping\"} | bad-request | verson: unknown member",
                "{\"command\":7} | bad-request | command: is missing or not a string",
                "{\"command\":\"ping\",\"arguments\":[]} | bad-request | arguments: is not an object",
                "{\"command\":\"ping\",\"arguments\":{\"x\":1}} | bad-argument | x: unknown argument; this command"
                        + " takes none",
                "{\"command\":\"much\"} | bad-argument | bytes: is missing",
                "{\"command\":\"much\",\"arguments\":{\"bytes\":-1}} | bad-argument | bytes: is -1, not from 0",
                "{\"command\":\"much\",\"arguments\":{\"bytes\":\"1\"}} | bad-argument | bytes: is \"1\", not a whole number",
                "{\"command\":\"wrong\"} | not-possible | not now",
                "{\"command\":\"host\"} | failed | no space",
                "{\"command\":\"broken\"} | failed | internal error",
                "{\"command\":\"undeclared\"} | failed | argument secret is used and not declared",
                "{\"command\":\"much\",\"arguments\":{\"x\":1}} | bad-argument | unknown argument; known: bytes",
            })
    void refusesEachWrongRequestWithItsCodeAndGoesOn(String request, String code, String message) throws IOException {
        serve();
        SocketChannel client = connect();
        send(client, request + "\n" + PING);
        assertThat(String.valueOf(errorCode(line(client)))).isEqualTo(code);
        assertThat(ask(request + "\n")).contains(message.replace("\"", "\\\""));
        assertThat(line(client)).isEqualTo(PONG);
    }

    private static Object errorCode(String line) {
        try {
            return ((Map<?, ?>) Json.readObject(line).get("error")).get("code");
        } catch (Json.Malformed e) {
            throw new AssertionError(line, e);
        }
    }

    @Test
    void refusesWhatIsNotUtf8AndWhatIsNestedTooDeep() throws IOException {
        serve();
        SocketChannel client = connect();
        client.write(ByteBuffer.wrap(new byte[] {'"', (byte) 0xff, '"', '\n'}));
        assertThat(line(client)).contains("not in UTF-8");
        assertThat(ask("{\"x\":" + "[".repeat(60_000) + "\n")).contains("bad-json");
        assertThat(ask(PING)).isEqualTo(PONG);
    }

    @Test
    void listsItsCommands() throws IOException {
        serve();
        assertThat(ask("{\"command\":\"help\"}\n")).contains("\"ping\":\"answers\"", "\"help\":\"list the commands\"");
        assertThat(ask("{\"command\":\"help\"}\n")).contains("\"arguments\":{\"much\":{\"bytes\":\"how many bytes\"}}");
    }

    @Test
    void servesTwoHundredClientsAtOnce() throws IOException {
        serve();
        List<SocketChannel> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(connect());
        }
        for (SocketChannel client : clients) {
            send(client, PING);
        }
        for (SocketChannel client : clients) {
            assertThat(line(client)).isEqualTo(PONG);
        }
    }

    @Test
    void hangsUpOnTheLongestIdleClientWhenThereAreTooMany() throws IOException {
        serve(new ControlLimits(1024, 3, 10_000));
        List<SocketChannel> clients = List.of(connect(), connect(), connect());
        for (SocketChannel client : clients) {
            send(client, PING);
            assertThat(line(client)).isEqualTo(PONG);
        }
        send(clients.get(0), PING);
        assertThat(line(clients.get(0))).isEqualTo(PONG);
        assertThat(ask(PING)).isEqualTo(PONG);
        assertThat(line(clients.get(1))).contains("too-many", "more than 3 clients are connected");
        assertThat(line(clients.get(1))).isEmpty();
        for (int stays : new int[] {0, 2}) {
            send(clients.get(stays), PING);
            assertThat(line(clients.get(stays))).isEqualTo(PONG);
        }
    }

    @Test
    void servesTheNextClientAlsoWhenAllOthersWaitForAnswersOrNeverFinishARequest() throws IOException {
        serve(new ControlLimits(1024, 3, 10_000));
        SocketChannel waiting = connect();
        send(waiting, "{\"command\":\"later\"}\n");
        for (int i = 0; i < 2; i++) {
            send(connect(), "{\"command\":");
        }
        for (int i = 0; i < 5; i++) {
            assertThat(ask(PING)).isEqualTo(PONG);
        }
    }

    @Test
    void servesNobodyButItsUserAndRoot() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root becomes another user");
        serve();
        // The mode alone keeps others out; an administrator may have changed it.
        Files.setPosixFilePermissions(server.path(), PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        String client = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                + " s.sendall(b'{\"command\":\"ping\"}\\n'); print(s.recv(100))";
        for (String user : List.of("0", "65534")) {
            Process process = new ProcessBuilder(
                            "setpriv",
                            "--reuid=" + user,
                            "--clear-groups",
                            "/usr/bin/python3",
                            "-c",
                            client,
                            server.path().toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(output).matches(user.equals("0") ? "(?s)b'.*pong.*" : "(?s)(b''|.*(reset|Broken pipe).*)\\s*");
        }
    }

    @Test
    void takesRequestsUpToTheLimitAndHangsUpOnLongerOnes() throws IOException {
        serve();
        String frame = "{\"command\":\"ping\"%s}";
        String longest = String.format(frame, " ".repeat(ControlLimits.STANDARD.requestBytes() - frame.length() + 2));
        assertThat(longest).hasSize(64 << 10);
        assertThat(ask(longest + "\n")).isEqualTo(PONG);
        assertThat(ask(longest + " \n")).contains("too-large", "more than 65536 bytes");
    }

    @Test
    void survivesAHundredMebibytesOfRubbish() throws IOException {
        serve();
        SocketChannel client = connect();
        ByteBuffer rubbish = ByteBuffer.allocate(MIB);
        long sent = 0;
        try {
            while (sent < 100 * MIB) {
                sent += client.write(rubbish.clear());
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("pipe");
        }
        assertThat(sent).as("bytes the server took before it hung up").isLessThan(MIB);
        assertThat(line(client)).contains("too-large");
        assertThat(ask(PING)).isEqualTo(PONG);
    }

    @Test
    void goesOnWhileAClientNeverReads() throws IOException {
        serve(new ControlLimits(64 << 10, 256, 300));
        SocketChannel deaf = connect();
        send(deaf, "{\"command\":\"much\",\"arguments\":{\"bytes\":" + 16 * MIB + "}}\n" + PING.repeat(100));
        assertThat(ask(PING)).isEqualTo(PONG);
        awaitHangUp(deaf);
    }

    /** What was sent before the hang-up may still be read; then comes the end. */
    private static void awaitHangUp(SocketChannel client) throws IOException {
        ByteBuffer anything = ByteBuffer.allocate(MIB);
        try {
            while (client.write(ByteBuffer.wrap(new byte[] {'\n'})) > 0) {
                Thread.sleep(20);
            }
        } catch (IOException e) {
            while (anything.hasRemaining()) {
                try {
                    if (client.read(anything.clear()) < 0) {
                        return;
                    }
                } catch (IOException reset) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void waitsForAnIdleClientButNotForTheRestOfARequest() throws IOException, InterruptedException {
        serve(new ControlLimits(64 << 10, 256, 400));
        SocketChannel idle = connect();
        SocketChannel half = connect();
        send(half, "{\"command\":");
        assertThat(ask(PING)).isEqualTo(PONG);
        assertThat(line(half)).contains("too-slow");
        Thread.sleep(100);
        send(idle, PING);
        assertThat(line(idle)).isEqualTo(PONG);
    }

    @Test
    void aTrickleDoesNotKeepHalfARequestAlive() throws IOException, InterruptedException {
        serve(new ControlLimits(64 << 10, 256, 300));
        SocketChannel trickle = connect();
        trickle.configureBlocking(false);
        ByteBuffer got = ByteBuffer.allocate(1024);
        for (int i = 0; i < 3000 && got.position() == 0; i++) {
            try {
                send(trickle, " ");
            } catch (IOException e) {
                break; // It has hung up already.
            }
            Thread.sleep(10);
            trickle.read(got);
        }
        if (got.position() == 0) {
            trickle.read(got);
        }
        assertThat(new String(got.array(), 0, got.position(), UTF_8)).contains("too-slow");
    }

    @Test
    void carriesOutWhatAClientSentBeforeItHungUp() throws IOException, InterruptedException {
        serve();
        try (SocketChannel client = connect()) {
            send(client, "{\"command\":\"count\"}\n{\"command\":\"count\"}\n{\"comm");
        }
        for (int i = 0; i < 6000 && counted.get() < 1; i++) {
            Thread.sleep(5);
        }
        assertThat(counted.get()).isPositive();
        assertThat(ask(PING)).isEqualTo(PONG);
    }

    @Test
    void answersAClientThatHasOnlyFinishedSending() throws IOException {
        serve();
        SocketChannel client = connect();
        send(client, PING);
        client.shutdownOutput();
        assertThat(line(client)).isEqualTo(PONG);
        assertThat(line(client)).isEmpty();
    }

    @Test
    void answersLaterFromAnyThreadAndKnowsWhenTheClientHasGone() throws Exception {
        serve();
        SocketChannel patient = connect();
        SocketChannel leaving = connect();
        send(patient, "{\"id\":1,\"command\":\"later\"}\n{\"id\":2,\"command\":\"ping\"}\n");
        Reply first = later.poll(30, TimeUnit.SECONDS);
        send(leaving, "{\"command\":\"later\"}\n");
        Reply second = later.poll(30, TimeUnit.SECONDS);
        leaving.close();
        for (int i = 0; i < 6000 && !second.isGone(); i++) {
            Thread.sleep(5);
        }
        assertThat(second.isGone()).isTrue();
        assertThat(first.isGone()).isFalse();
        second.done();
        first.result(Map.of("n", 5));
        first.error(ErrorCode.FAILED, "only the first answer counts");
        assertThat(line(patient)).isEqualTo("{\"version\":1,\"id\":1,\"result\":{\"n\":5}}");
        assertThat(line(patient)).startsWith("{\"version\":1,\"id\":2,");
    }

    @Test
    void aClientWithoutPauseLeavesRoomForOthers() throws IOException {
        serve();
        SocketChannel busy = connect();
        Thread sender = new Thread(() -> {
            ByteBuffer answers = ByteBuffer.allocate(1 << 16);
            try {
                while (busy.isOpen()) {
                    send(busy, PING.repeat(50));
                    busy.read(answers.clear());
                }
            } catch (IOException e) {
                return; // The test is over.
            }
        });
        sender.start();
        for (int i = 0; i < 20; i++) {
            assertThat(ask(PING)).isEqualTo(PONG);
        }
    }

    @Test
    void makesItsSocketInAFolderByThePid() throws IOException {
        server = ControlServer.listen(folder, loop);
        assertThat(server.path())
                .isEqualTo(folder.resolve("crosvm-" + ProcessHandle.current().pid() + ".sock"))
                .exists();
        assertThat(Files.getPosixFilePermissions(server.path()))
                .isEqualTo(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
    }

    @Test
    void refusesAPathThatAnotherMachineHas() {
        Path path = serve();
        assertThatThrownBy(() -> ControlServer.listen(path, loop))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("another program is already listening there");
    }
}
