package crosvm.vmm.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ConsoleHubTest {
    @TempDir
    Path folder;

    private final ConsoleHub hub = new ConsoleHub("com1");
    private final FakePort port = new FakePort();
    private final List<UnixSocket> clients = new ArrayList<>();
    private final CountDownLatch terminalOpens = new CountDownLatch(1);
    private Path socket;

    /** A port whose guest reads when the test says so. */
    private static final class FakePort implements PortInput {
        private static final int CAPACITY = 1000;
        private final ByteArrayOutputStream queue = new ByteArrayOutputStream();
        private Runnable room = () -> {};

        /** How much it takes at once, as if the guest read while input is offered. */
        private int atOnce = CAPACITY;

        @Override
        public synchronized int offer(byte[] bytes, int offset, int length) {
            int taken = Math.min(length, Math.min(atOnce, CAPACITY - queue.size()));
            queue.write(bytes, offset, taken);
            return taken;
        }

        @Override
        public synchronized void onRoom(Runnable listener) {
            room = listener;
        }

        @Override
        public void sendBreak() {
            offer("<break>".getBytes(StandardCharsets.US_ASCII), 0, 7);
        }

        synchronized String read() {
            String text = queue.toString(StandardCharsets.ISO_8859_1);
            queue.reset();
            room.run();
            return text;
        }
    }

    @BeforeEach
    void places() {
        socket = folder.resolve("console.sock");
    }

    @AfterEach
    void closes() {
        terminalOpens.countDown();
        clients.forEach(UnixSocket::close);
        hub.close();
        assertThat(socket).doesNotExist();
    }

    private void start() {
        hub.listenAt(socket);
        hub.start();
        hub.connect(port);
    }

    private UnixSocket client() {
        UnixSocket client = UnixSocket.connect(socket.toString());
        clients.add(client);
        return client;
    }

    private static void send(UnixSocket client, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        NativeBuffer data = NativeBuffer.allocate(bytes.length);
        data.bytes().put(0, bytes);
        int done = 0;
        while (done < bytes.length) {
            client.awaitWritable(-1);
            done += (int) Math.max(0, client.send(data, done, bytes.length - done, List.of()));
        }
    }

    private static String receive(UnixSocket client, String end) {
        StringBuilder text = new StringBuilder();
        NativeBuffer data = NativeBuffer.allocate(1 << 16);
        while (!text.toString().endsWith(end)) {
            client.awaitReadable(-1);
            int got = (int) client.receive(data, 0, data.size(), new ArrayList<>());
            assertThat(got).as("received after: %s", text).isPositive();
            text.append(
                    StandardCharsets.ISO_8859_1.decode(data.bytes().duplicate().limit(got)));
        }
        return text.toString();
    }

    private void print(String text) {
        for (byte value : text.getBytes(StandardCharsets.ISO_8859_1)) {
            while (!hub.offer(value)) {
                Thread.onSpinWait();
            }
        }
    }

    private String awaitInput(String end) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith(end)) {
            Thread.sleep(1);
            text.append(port.read());
        }
        return text.toString();
    }

    @Test
    void showsAllThatCameBeforeAndAllThatComesToEveryClientTerminalFileAndLog() throws IOException {
        ByteArrayOutputStream terminal = new ByteArrayOutputStream();
        hub.showOn(Channels.newChannel(terminal));
        hub.appendTo(folder.resolve("file"));
        hub.logTo(folder.resolve("log"));
        start();
        print("early\n");
        UnixSocket a = client();
        assertThat(receive(a, "early\n")).isEqualTo("early\n");
        UnixSocket b = client();
        receive(b, "early\n");
        print("$ ");
        assertThat(receive(a, "$ ")).isEqualTo("$ ");
        assertThat(receive(b, "$ ")).isEqualTo("$ ");
        print("last words");
        hub.close();
        assertThat(terminal.toString()).isEqualTo("early\n$ last words");
        assertThat(folder.resolve("file")).hasContent("early\n$ last words");
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (ConsoleLogReader reader = new ConsoleLogReader(folder.resolve("log"), Instant.MIN, false)) {
            reader.read(log);
        }
        assertThat(log.toString()).isEqualTo("early\n$ last words");
        assertThat(receive(a, "last words")).isEqualTo("last words");
    }

    @Test
    void givesTheGuestWhatAnyClientSendsAlsoWithItsLastBreath() throws Exception {
        start();
        send(client(), "a");
        awaitInput("a");
        UnixSocket brief = client();
        send(brief, "b");
        brief.close();
        awaitInput("b");
        hub.receive("t".getBytes(StandardCharsets.US_ASCII), 0, 1);
        hub.sendBreak();
        assertThat(awaitInput("<break>")).isEqualTo("t<break>");
    }

    @Test
    void makesSendersWaitUntilTheGuestReadsAndLosesNothing() throws Exception {
        start();
        String text = "0123456789".repeat(100_000);
        Thread typist = new Thread(() -> send(client(), text + "!"));
        typist.start();
        assertThat(awaitInput("!")).isEqualTo(text + "!");
        typist.join();
        Thread terminal = new Thread(() -> {
            try {
                hub.receive((text + "!").getBytes(StandardCharsets.US_ASCII), 0, text.length() + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        terminal.start();
        assertThat(awaitInput("!")).isEqualTo(text + "!");
        terminal.join();
    }

    @Test
    void neverHoldsTheGuestForAClientThatDoesNotReadAndTellsItWhatItMissed() throws IOException {
        hub.logTo(folder.resolve("log"));
        start();
        UnixSocket silent = client();
        send(silent, "x");
        while (port.read().isEmpty()) {
            Thread.onSpinWait();
        }
        String line = "y".repeat(99) + "\n";
        for (int i = 0; i < 20_000; i++) {
            print(line);
        }
        print("end");
        assertThat(receive(silent, "end")).containsPattern("\\[crosvm: [0-9]+ bytes of output were omitted here]");
        hub.close();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (ConsoleLogReader reader = new ConsoleLogReader(folder.resolve("log"), Instant.MIN, false)) {
            reader.read(log);
        }
        assertThat(log.size()).isEqualTo(20_000 * 100 + 3);
    }

    @Test
    void holdsTheGuestForATerminalThatIsSlowAndGoesOnWithoutOneThatIsStuck() throws IOException {
        WritableByteChannel stuck = new WritableByteChannel() {
            private final StringBuilder shown = new StringBuilder();

            @Override
            public int write(ByteBuffer from) {
                boolean interrupted = false;
                while (terminalOpens.getCount() > 0) {
                    try {
                        terminalOpens.await();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                int length = from.remaining();
                shown.append(StandardCharsets.ISO_8859_1.decode(from));
                return length;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}

            @Override
            public String toString() {
                return shown.toString();
            }
        };
        hub.showOn(stuck);
        hub.logTo(folder.resolve("log"));
        start();
        ByteBuffer first = ByteBuffer.allocate(OutputRing.CAPACITY + (1 << 17));
        hub.offer(first);
        assertThat(first.remaining()).as("bytes the guest must wait with").isPositive();
        print("z".repeat(first.remaining()) + "y".repeat(OutputRing.CAPACITY) + "end");
        terminalOpens.countDown();
        hub.close();
        assertThat(stuck.toString())
                .contains("bytes of output were omitted here]")
                .endsWith("yyyend");
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (ConsoleLogReader reader = new ConsoleLogReader(folder.resolve("log"), Instant.MIN, false)) {
            reader.read(log);
        }
        assertThat(log.size()).isEqualTo(2 * OutputRing.CAPACITY + (1 << 17) + 3);
    }

    @Test
    void servesSixtyFourClientsAndTellsTheNextOne() {
        start();
        for (int i = 0; i < ConsoleHub.MAX_CLIENTS; i++) {
            client();
        }
        assertThat(receive(client(), "]\r\n")).contains("64 programs are connected already");
        clients.get(0).close();
        print("hello");
        assertThat(receive(clients.get(1), "hello")).isEqualTo("hello");
        UnixSocket next = client();
        assertThat(receive(next, "hello")).isEqualTo("hello");
    }

    @Test
    void letsGoOfAClientThatLeavesWhileTheGuestIsSilent() throws Exception {
        start();
        for (int i = 0; i < 5 * ConsoleHub.MAX_CLIENTS; i++) {
            UnixSocket client = client();
            send(client, "x");
            awaitInput("x");
            client.close();
        }
        print("still here");
        assertThat(receive(client(), "still here")).isEqualTo("still here");
    }

    @Test
    void refusesASocketThatAnotherMachineListensOn() {
        start();
        try (ConsoleHub second = new ConsoleHub("com1")) {
            assertThatThrownBy(() -> second.listenAt(socket))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining(socket + ": another program is already listening there");
        }
        print("mine");
        assertThat(receive(client(), "mine")).isEqualTo("mine");
        assertThat(Files.exists(socket)).isTrue();
    }

    @Test
    void givesTheGuestAllThatAClientSentWhoHungUpWithoutReading() throws Exception {
        start();
        print("nobody reads this\n");
        String text = "0123456789".repeat(500) + "!";
        UnixSocket client = client();
        send(client, text); // Five times what the guest takes before it reads.
        client.close();
        for (int i = 0; i < 100; i++) {
            print("more output\n"); // Which tells the hub by EPIPE that nobody is there.
            Thread.sleep(1);
        }
        assertThat(awaitInput("!")).isEqualTo(text);
    }

    @Test
    void servesTheNextClientWhenManyHaveSentAndHungUpBeforeTheGuestReads() throws Exception {
        start();
        String piece = "x".repeat(100);
        for (int i = 0; i < ConsoleHub.MAX_CLIENTS + 4; i++) {
            UnixSocket client = client();
            send(client, piece);
            client.close();
        }
        UnixSocket next = client();
        print("served");
        assertThat(receive(next, "served")).isEqualTo("served");
        send(next, "!");
        assertThat(awaitInput("!")).isEqualTo("x".repeat(100 * (ConsoleHub.MAX_CLIENTS + 4)) + "!");
    }

    /** Not in the middle of it, even when the guest reads at that very moment. */
    @Test
    void givesTheGuestWhatAClientSentWhoHungUpBeforeWhatTheNextOneSends() throws Exception {
        port.atOnce = 1;
        start();
        String text = "";
        for (String sent : List.of("0123456789", "abcdefghij", "!")) {
            UnixSocket client = client();
            send(client, sent);
            client.close();
            text += sent;
        }
        StringBuilder got = new StringBuilder();
        while (got.length() < text.length()) {
            Thread.sleep(1);
            got.append(port.read());
        }
        assertThat(got).hasToString(text);
    }
}
