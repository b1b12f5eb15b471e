package crosvm.vmm.control;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that are wrong, each with its error code. */
@Timeout(120)
class ControlRequestTest extends ControlServerFixture {
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
}
