package crosvm.vmm.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that are too many, too slow, too long or deaf. */
@Timeout(120)
class ControlLimitsTest extends ControlServerFixture {
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
}
