package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.VmmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixListenerTest {
    @TempDir
    private Path folder;

    private Path path;

    @BeforeEach
    void namesThePath() {
        path = folder.resolve("a.sock");
    }

    @Test
    void isForItsUserAloneAndGoesWhenClosed() throws IOException {
        try (UnixListener listener = UnixListener.at(path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(listener.path())))
                    .isEqualTo("rw-------");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void takesConnectionsWithoutWaitingForOne() {
        try (UnixListener listener = UnixListener.at(path)) {
            assertThat(listener.accept()).isNull();
            try (UnixSocket client = UnixSocket.connect(path.toString());
                    UnixSocket server = Objects.requireNonNull(listener.accept())) {
                assertThat(client.fd().isOpen() && server.fd().isOpen()).isTrue();
            }
            assertThat(listener.accept()).isNull();
        }
    }

    @Test
    void letsManyWaitToBeAccepted() {
        List<UnixSocket> clients = new ArrayList<>();
        try (UnixListener listener = UnixListener.at(path)) {
            for (int i = 0; i < 200; i++) {
                clients.add(UnixSocket.connect(path.toString()));
            }
            for (int i = 0; i < 200; i++) {
                Objects.requireNonNull(listener.accept()).close();
            }
        } finally {
            clients.forEach(UnixSocket::close);
        }
    }

    @Test
    void replacesASocketThatNobodyListensOn() {
        UnixSocket.listen(path.toString()).close(); // Leaves its file behind.
        assertThat(path).exists();
        try (UnixListener listener = UnixListener.at(path)) {
            UnixSocket.connect(path.toString()).close();
            assertThat(listener.accept()).isNotNull().satisfies(UnixSocket::close);
        }
    }

    @Test
    void refusesAPathThatSomebodyListensOnEvenWhenHeDoesNotAccept() {
        try (UnixSocket other = UnixSocket.listen(path.toString());
                UnixSocket first = UnixSocket.connect(path.toString());
                UnixSocket second = UnixSocket.connect(path.toString())) {
            assertThat(List.of(other, first, second)).allMatch(s -> s.fd().isOpen()); // Backlog 1 is full.
            assertThatThrownBy(() -> UnixListener.at(path))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining(path + ": another program is already listening there. Stop");
        }
    }

    @Test
    void leavesFilesAloneThatAreNoSockets() throws IOException {
        Files.writeString(path, "precious");
        assertThatThrownBy(() -> UnixListener.at(path)).hasMessageContaining("already exists and is not a socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void namesAFolderThatIsNotThereAndAPathThatIsTooLong() {
        assertThatThrownBy(() -> UnixListener.at(folder.resolve("none/a.sock")))
                .hasMessageContaining(folder.resolve("none") + ": open: ENOENT");
        assertThatThrownBy(() -> UnixListener.at(folder.resolve("x".repeat(120))))
                .hasMessageContaining("107 bytes");
    }

    @Test
    void leavesASocketThatTookItsPlace() throws IOException {
        UnixListener first = UnixListener.at(path);
        Files.delete(path);
        try (UnixListener second = UnixListener.at(path)) {
            first.close();
            assertThat(Files.exists(second.path(), LinkOption.NOFOLLOW_LINKS)).isTrue();
        }
    }

    @Test
    void givesAPathToOneOfManyWhoWantToReplaceItAtOnce() throws Exception {
        UnixSocket.listen(path.toString()).close();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<UnixListener> take = () -> UnixListener.at(path);
            List<UnixListener> won = new ArrayList<>();
            for (Future<UnixListener> one : threads.invokeAll(java.util.Collections.nCopies(8, take))) {
                try {
                    won.add(one.get());
                } catch (ExecutionException e) {
                    assertThat(e.getCause()).hasMessageContaining("another program is already listening there");
                }
            }
            assertThat(won).hasSize(1);
            UnixSocket.connect(path.toString()).close();
            won.get(0).close();
        } finally {
            threads.shutdownNow();
        }
    }
}
