package crosvm.vmm.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of all kinds on real sockets. */
@Timeout(120)
class ControlServerTest extends ControlServerFixture {
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

    @Test
    void listsItsCommands() throws IOException {
        serve();
        assertThat(ask("{\"command\":\"help\"}\n")).contains("\"ping\":\"answers\"", "\"help\":\"list the commands\"");
        assertThat(ask("{\"command\":\"help\"}\n")).contains("\"arguments\":{\"much\":{\"bytes\":\"how many bytes\"}}");
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
