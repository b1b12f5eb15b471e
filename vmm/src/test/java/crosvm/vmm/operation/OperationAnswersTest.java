package crosvm.vmm.operation;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every operation, asked over a real control socket, of a machine whose guest is a fake. */
@Timeout(120)
class OperationAnswersTest {
    private final FakeGuest guest = new FakeGuest();
    private final Thread thread = new Thread(guest.loop::run, "test-loop");

    @TempDir
    private Path folder;

    private ControlServer server;
    private SocketChannel client;
    private BufferedReader answers;

    @BeforeEach
    void serves() throws IOException {
        server = ControlServer.listen(folder.resolve("c.sock"), guest.loop);
        server.serve(Operations.of(guest.machine()));
        thread.start();
        client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(server.path()));
        answers = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
    }

    @AfterEach
    void closes() throws IOException, InterruptedException {
        client.close();
        guest.loop.stop();
        thread.join();
        guest.close();
        server.close();
    }

    private void send(String command, String arguments) throws IOException {
        String line = "{\"command\":\"" + command + "\",\"arguments\":{" + arguments.replace('\'', '"') + "}}\n";
        client.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    private String ask(String command, String arguments) throws IOException {
        send(command, arguments);
        return answers.readLine();
    }

    @Test
    void tellsTheStateInAWord() throws IOException {
        assertThat(ask("status", ""))
                .contains("\"name\":\"web\",\"state\":\"running\"", "\"vcpus\":2,\"memory\":268435456", "\"disks\":[]");
        guest.loop.call(() -> guest.state = GuestControl.State.SUSPENDED);
        assertThat(ask("powerbtn", "")).contains("{\"state\":\"suspended\"}");
        guest.loop.call(() -> guest.ending = true);
        assertThat(ask("status", "")).contains("\"state\":\"ending\"");
    }

    @Test
    void passesTheSimpleOnesOnToTheGuest() throws IOException {
        for (String command : new String[] {"suspend", "resume", "powerbtn", "stop"}) {
            assertThat(ask(command, "")).contains("\"result\":");
        }
        assertThat(guest.done).containsExactly("suspend", "resume", "press", "announce", "end");
    }

    @Test
    void showsRegistersOfAGuestThatRestsMeanwhileAndRunsAfterwardsOnlyIfItDidBefore() throws IOException {
        assertThat(ask("registers", "")).contains("\"result\":{\"in\":");
        assertThat(guest.done).containsExactly("suspend", "resume");
        guest.done.clear();
        guest.loop.call(() -> guest.state = GuestControl.State.SUSPENDED);
        assertThat(ask("registers", "")).contains("\"result\":{\"in\":\"SUSPENDED\"}");
        assertThat(guest.done).containsExactly("suspend");
    }

    @Test
    void saysThatAGuestWasForcedOffWhenItHadItsTime() throws IOException {
        ask("down", "'timeout':1");
        while (!guest.isEnding()) {
            Thread.onSpinWait();
        }
        assertThat(guest.done).endsWith("force off: the guest did not shut down within 1 s");
    }

    @Test
    void forcesAGuestDownThatDoesNotHearTheButton() throws IOException {
        send("wait", "");
        SocketChannel other = client;
        BufferedReader itsAnswers = answers;
        client = SocketChannel.open(StandardProtocolFamily.UNIX);
        client.connect(UnixDomainSocketAddress.of(server.path()));
        answers = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
        ask("down", "'timeout':3600");
        assertThat(guest.done).as("a suspended guest hears nothing").containsExactly("announce", "resume", "press");
        ask("down", "'timeout':0");
        while (!guest.done.contains("end")) {
            Thread.onSpinWait();
        }
        assertThat(guest.done)
                .as("the second one sets a new limit and presses no second time beside the first")
                .containsExactly("announce", "resume", "press", "announce", "resume", "end");
        guest.loop.call(() -> guest.ended("stopped", "why"));
        assertThat(itsAnswers.readLine()).contains("\"reason\":\"stopped\"", "\"detail\":\"why\"");
        other.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'size':134217728 | \"target\":134217728",
                "'pages':10 | \"target\":40960",
                "'pages':-1 | would become -4096 bytes",
                "'pages':-9223372036854775808 | would become -268439552 bytes",
                "'size':1000 | a multiple of 4096",
                "'size':268439552 | the machine's memory of 256MiB, and has 0",
                "'size':0,'pages':1 | size and pages are mutually exclusive",
            })
    void setsTheBalloonWithinTheMachinesMemory(String arguments, String answer) throws IOException {
        assertThat(ask("balloon", arguments)).contains(answer);
    }

    @Test
    void refusesWhatIsNotThere() throws IOException {
        assertThat(ask("balloon-stats", "")).contains("not-possible", "balloon driver has no figures");
        assertThat(ask("stats", "'format':'xml'")).contains("bad-argument", "not json or prometheus");
        assertThat(ask("stats", "'format':'prometheus'")).contains("\"text\":\"");
        assertThat(ask("disk-resize", "'id':'x','size':512"))
                .contains("not-found", "disk x: web has no disk of that id");
    }

    @Test
    void eachOperationRefusesAnArgumentThatItDoesNotDeclare() throws IOException {
        for (var operation : Operations.of(guest.machine())) {
            assertThat(ask(operation.name(), "'misspelt':1"))
                    .as(operation.name())
                    .contains("bad-argument", "misspelt: unknown argument");
        }
    }
}
