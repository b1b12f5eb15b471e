package crosvm.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a monitor that answers, and of one that a hostile image has taken over. */
// In a thread of its own: one that goes on reading would not hear that its time is over.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QmpConnectionTest {
    /** For those that are to answer: longer than any machine needs. */
    private static final int PATIENT = 100_000;

    /** For those that never do. */
    private static final int IMPATIENT = 1_000;

    @TempDir
    Path folder;

    private FakeMonitor monitor;

    @BeforeEach
    void connects() throws IOException {
        monitor = FakeMonitor.in(folder);
    }

    @AfterEach
    void closes() throws IOException {
        monitor.close();
    }

    private QmpConnection connection(int timeout) {
        return new QmpConnection(monitor.socket(), timeout);
    }

    private void refuses(QmpConnection qmp, String words) {
        assertThatThrownBy(() -> qmp.execute("query-version", Map.of()))
                .isInstanceOf(QmpException.class)
                .hasMessageContaining(words);
    }

    @Test
    void beginsWithTheGreetingAndSaysTheVersion() throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.greets(7, 1);
            monitor.says("{\"return\": {}, \"id\": \"1\"}\n");
            assertThat(qmp.begin()).containsExactly(7L, 1L);
            assertThat(monitor.hears()).isEqualTo("{\"execute\":\"qmp_capabilities\",\"id\":\"1\"}");
        }
    }

    @Test
    void returnsWhatItsOwnCommandReturnsBetweenEventsAndAnswersToOthers() throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.says("{\"return\": [1], \"id\": \"1\"}\n");
            assertThat(qmp.execute("first", Map.of())).isEqualTo(List.of(1L));
            // As if the first had been given up, and were answered late and twice.
            monitor.says(FakeMonitor.EVENT + "{\"return\": \"late\", \"id\": \"1\"}\n");
            monitor.says("{\"error\": {\"desc\": \"late\"}, \"id\": \"1\"}\n{\"return\": \"of nobody\"}\n");
            monitor.says("{\"return\": \"mine\", \"id\": \"2\"}\n{\"return\": \"early\", \"id\": \"9\"}\n");
            assertThat(qmp.execute("second", Map.of("node-name", "disk"))).isEqualTo("mine");
            monitor.says("{\"return\": null, \"id\": \"3\"}\n");
            assertThat(qmp.execute("third", Map.of())).isNull();
            assertThat(monitor.hears()).isEqualTo("{\"execute\":\"first\",\"id\":\"1\"}");
            assertThat(monitor.hears())
                    .isEqualTo("{\"execute\":\"second\",\"id\":\"2\",\"arguments\":{\"node-name\":\"disk\"}}");
        }
    }

    @Test
    void waitsNoLongerForAMonitorThatFloodsEventsThanForASilentOne() {
        try (QmpConnection qmp = connection(IMPATIENT)) {
            monitor.repeats(FakeMonitor.EVENT.repeat(100));
            refuses(qmp, "it has not answered for 1 s");
        }
    }

    @Test
    void givesUpASilentMonitor() {
        try (QmpConnection qmp = connection(IMPATIENT)) {
            refuses(qmp, "it has not answered for 1 s");
        }
    }

    @Test
    void takesNoLineWithoutAnEnd() {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.repeats("{".repeat(1 << 16));
            refuses(qmp, "it sends a line of more than 1048576 bytes");
        }
    }

    @Test
    void showsTheWordsOfARefusalWithoutWhatATerminalObeysAndNotWithoutEnd() throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.says("{\"error\": {\"desc\": \"no \\u001b[31mnode\\n\\u009b\"}, \"id\": \"1\"}\n");
            assertThatThrownBy(() -> qmp.execute("query-version", Map.of()))
                    .isInstanceOf(QmpException.class)
                    .hasMessage("no ?[31mnode??");
            monitor.says("{\"error\": {\"desc\": \"" + "x".repeat(5000) + "\"}, \"id\": \"2\"}\n");
            assertThatThrownBy(() -> qmp.execute("query-version", Map.of())).hasMessage("x".repeat(300) + "...");
        }
    }

    @Test
    void saysThatAMonitorHasEnded() throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.says("{\"return\": ");
            monitor.close();
            refuses(qmp, "it has ended");
        }
    }

    @Test
    void refusesWhatIsNotTheProtocol() throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.says("SSH-2.0-OpenSSH\n");
            refuses(qmp, "it does not send JSON");
            monitor.says("{\"hello\": 1}\n");
            assertThatThrownBy(qmp::begin)
                    .isInstanceOf(QmpException.class)
                    .hasMessage("it does not greet as a QMP monitor does");
        }
    }

    @ParameterizedTest
    @CsvSource({"7, 1, true", "7, 2, true", "8, 0, true", "10, 0, true", "7, 0, false", "6, 9, false"})
    void aDaemonIsTakenFromVersion71On(int major, int minor, boolean taken) throws IOException {
        try (QmpConnection qmp = connection(PATIENT)) {
            monitor.greets(major, minor);
            monitor.says("{\"return\": {}, \"id\": \"1\"}\n");
            if (taken) {
                StorageDaemon.greet(qmp);
            } else {
                assertThatThrownBy(() -> StorageDaemon.greet(qmp))
                        .hasMessageContaining("qemu-storage-daemon is version " + major + "." + minor
                                + "; crosvm needs 7.1 or later. Update it (Debian")
                        .hasMessageContaining("dnf install");
            }
        }
    }

    @Test
    void saysWhatToInstallWhereTheDaemonIsMissing() {
        assertThatThrownBy(() -> StorageDaemon.find(List.of(folder.toString(), "/nonexistent")))
                .hasMessageStartingWith("qemu-storage-daemon was not found in " + folder
                        + ":/nonexistent. Install it (Debian and Ubuntu:" + " apt install qemu-system-common")
                .hasMessageContaining("raw image with writes: keep");
    }

    @Test
    void findsTheFirstDaemonThatMayBeExecuted() throws IOException {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Files.createFile(first.resolve("qemu-storage-daemon"));
        Path program = Files.createFile(second.resolve("qemu-storage-daemon"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        assertThat(StorageDaemon.find(List.of(first.toString(), second.toString())))
                .isEqualTo(program);
    }
}
