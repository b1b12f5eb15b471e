package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.event.EventFd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    private final List<UnixSocket> pair = UnixSocket.pair("test");
    private final UnixSocket a = pair.get(0);
    private final UnixSocket b = pair.get(1);
    private final NativeBuffer data = NativeBuffer.allocate(64);
    private final List<Fd> arrived = new ArrayList<>();

    @AfterEach
    void closes() {
        arrived.forEach(Fd::close);
        a.close();
        b.close();
    }

    @Test
    void carriesBytesAndTheObjectsBehindDescriptors() {
        try (EventFd event = EventFd.create("event")) {
            data.bytes().putLong(0, 0x1122334455667788L);
            assertThat(a.send(data, 0, 8, List.of(event.fd(), event.fd()))).isEqualTo(8);
            NativeBuffer got = NativeBuffer.allocate(64);
            assertThat(b.receive(got, 8, 56, arrived)).isEqualTo(8);
            assertThat(got.bytes().getLong(8)).isEqualTo(0x1122334455667788L);
            assertThat(arrived).hasSize(2);
            EventFd.owning(arrived.get(1)).signal();
            assertThat(event.drain()).isEqualTo(1);
        }
    }

    @Test
    void neverWaits() {
        assertThat(b.receive(data, 0, 8, arrived)).isEqualTo(-Errno.EAGAIN.code());
        long sent;
        do {
            sent = a.send(data, 0, 64, List.of());
        } while (sent == 64);
        assertThat(sent).isEqualTo(-Errno.EAGAIN.code());
        assertThat(a.awaitWritable(1)).isFalse();
    }

    @Test
    void reportsMoreDescriptorsThanItTakesAndLeaksNone() throws Exception {
        try (EventFd event = EventFd.create("event")) {
            long before = OpenFds.count();
            for (int fds : new int[] {UnixSocket.MAX_FDS, UnixSocket.MAX_FDS + 1, 253}) {
                assertThat(a.send(data, 0, 1, Collections.nCopies(fds, event.fd())))
                        .isEqualTo(1);
                assertThat(b.receive(data, 0, 1, arrived))
                        .isEqualTo(fds == UnixSocket.MAX_FDS ? 1 : -Errno.E2BIG.code());
                assertThat(arrived).hasSize(UnixSocket.MAX_FDS);
                arrived.forEach(Fd::close);
                arrived.clear();
                OpenFds.awaitAtMost(before);
            }
        }
    }

    @Test
    void seesTheEndOfTheStream() {
        a.shutdown();
        assertThat(b.awaitReadable(1000)).isTrue();
        assertThat(b.receive(data, 0, 8, arrived)).isZero();
        assertThat(b.send(data, 0, 8, List.of())).isEqualTo(-Errno.EPIPE.code());
    }

    @Test
    void listensAndConnectsAtAPath(@TempDir Path folder) {
        String path = folder.resolve("s").toString();
        try (UnixSocket listener = UnixSocket.listen(path);
                UnixSocket client = UnixSocket.connect(path);
                UnixSocket server = listener.accept()) {
            assertThat(client.send(data, 0, 3, List.of())).isEqualTo(3);
            assertThat(server.receive(data, 0, 8, arrived)).isEqualTo(3);
            assertThatThrownBy(() -> UnixSocket.listen(path)).hasMessageContaining(path + ": bind: EADDRINUSE");
        }
        assertThatThrownBy(() -> UnixSocket.connect(path)).hasMessageContaining("ECONNREFUSED");
        assertThatThrownBy(() -> UnixSocket.connect(path + "x")).hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> UnixSocket.listen("/" + "x".repeat(108))).hasMessageContaining("107 bytes");
    }
}
