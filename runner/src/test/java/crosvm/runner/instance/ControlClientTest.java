package crosvm.runner.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.runner.report.FailedException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against something at the other end that is no good machine. */
@Timeout(120)
class ControlClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private ServerSocketChannel server;
    private ControlClient client;
    private SocketChannel other;

    @BeforeEach
    void connects() throws IOException {
        Path socket = folder.resolve("s");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        client = ControlClient.connect("m", socket);
        other = server.accept();
    }

    @AfterEach
    void closes() throws IOException {
        client.close();
        other.close();
        server.close();
    }

    private void say(String text) throws IOException {
        other.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void takesAnAnswerInPiecesAndLeavesWhatFollows() throws IOException {
        say("{\"version\":1,\"id\":1,\"result\":{\"a\":1}}\n{\"id\":2,\"res");
        assertThat(client.ask("x", Map.of(), PATIENCE)).containsEntry("a", 1L);
        say("ult\":{}}\n");
        assertThat(client.ask("x", Map.of(), PATIENCE)).isEmpty();
    }

    @Test
    void tellsARefusalInTheMachinesWordsAndWithItsCode() throws IOException {
        say("{\"id\":1,\"error\":{\"code\":\"not-found\",\"message\":\"no such disk\"}}\n");
        assertThatThrownBy(() -> client.ask("x", Map.of(), PATIENCE))
                .isInstanceOf(ControlClient.Refused.class)
                .hasMessage("no such disk")
                .extracting(e -> ((ControlClient.Refused) e).code())
                .isEqualTo("not-found");
    }

    @Test
    void tellsThatTheMachineHasEnded() throws IOException {
        other.close();
        assertThatThrownBy(() -> client.ask("wait", Map.of(), null))
                .isInstanceOf(ControlClient.Ended.class)
                .hasMessageContaining("m: ended before it answered wait");
        assertThat(client.awaitEnd(null)).isTrue();
    }

    @Test
    void givesUpOnOneThatDoesNotAnswer() {
        assertThatThrownBy(() -> client.ask("x", Map.of(), Duration.ofMillis(50)))
                .isInstanceOf(FailedException.class)
                .hasMessageContaining("m: does not answer");
        assertThat(client.awaitEnd(Duration.ofMillis(50))).isFalse();
    }

    @Test
    void doesNotTakeAnythingForAnAnswer() throws IOException {
        say("220 mail.example.org ESMTP\n");
        assertThatThrownBy(() -> client.ask("x", Map.of(), PATIENCE))
                .hasMessageContaining("does not speak crosvm's protocol");
        say("{\"id\":7,\"result\":{}}\n");
        assertThatThrownBy(() -> client.ask("x", Map.of(), PATIENCE))
                .hasMessageContaining("does not speak crosvm's protocol");
    }
}
