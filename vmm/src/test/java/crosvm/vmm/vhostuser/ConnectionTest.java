package crosvm.vmm.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.event.EventFd;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.NativeBuffer;
import crosvm.vmm.linux.OpenFds;
import crosvm.vmm.linux.UnixSocket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConnectionTest {
    private final List<UnixSocket> pair = UnixSocket.pair("test");
    private final UnixSocket raw = pair.get(0);
    private final Connection connection = new Connection(pair.get(1));
    private final NativeBuffer bytes = NativeBuffer.allocate(8192);

    @AfterEach
    void closes() {
        connection.close();
        raw.close();
    }

    private void header(int request, int flags, int size) {
        bytes.bytes().putInt(0, request).putInt(4, flags).putInt(8, size);
    }

    @Test
    void putsAMessageTogetherFromPieces() {
        header(5, 1, 4);
        bytes.bytes().putInt(12, 77);
        try (EventFd event = EventFd.create("event")) {
            for (int i = 0; i < 16; i++) {
                assertThat(connection.poll()).isNull();
                raw.send(bytes, i, 1, i == 0 ? List.of(event.fd()) : List.of());
            }
        }
        try (Message message = connection.receive(1000)) {
            assertThat(message.request()).isEqualTo(5);
            assertThat(message.payload().getInt(0)).isEqualTo(77);
            assertThat(message.fds()).hasSize(1);
        }
    }

    @Test
    void keepsMessagesApartThatComeTogether() {
        header(1, 1, 0);
        bytes.bytes().putInt(12, 2).putInt(16, 9).putInt(20, 8).putLong(24, 5);
        raw.send(bytes, 0, 32, List.of());
        assertThat(connection.receive(1000).request()).isEqualTo(1);
        Message second = connection.receive(1000);
        assertThat(second.request()).isEqualTo(2);
        assertThat(second.needsReply()).isTrue();
        assertThat(second.payload().getLong(0)).isEqualTo(5);
        assertThat(connection.poll()).isNull();
    }

    @Test
    void refusesAPayloadLongerThanAnyMessage() {
        for (int size : new int[] {4097, -1, Integer.MIN_VALUE}) {
            header(1, 1, size);
            raw.send(bytes, 0, 12, List.of());
            List<UnixSocket> fresh = UnixSocket.pair("again");
            fresh.get(0).send(bytes, 0, 12, List.of());
            try (Connection to = new Connection(fresh.get(1))) {
                assertThatThrownBy(() -> to.receive(1000)).hasMessageContaining("payload of");
            }
            fresh.get(0).close();
        }
    }

    @Test
    void refusesDescriptorsInTheMiddleOfAMessageAndClosesThem() throws Exception {
        long before = OpenFds.count();
        List<UnixSocket> fresh = UnixSocket.pair("again");
        header(1, 1, 8);
        try (EventFd event = EventFd.create("event");
                UnixSocket from = fresh.get(0);
                Connection to = new Connection(fresh.get(1))) {
            from.send(bytes, 0, 12, List.of(event.fd()));
            from.send(bytes, 12, 8, List.of(event.fd()));
            assertThatThrownBy(() -> to.receive(1000)).hasMessageContaining("middle");
        }
        OpenFds.awaitAtMost(before);
    }

    @Test
    void answersNullAtTheEndAndOnShutdownByAnotherThread() {
        Thread other = new Thread(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            connection.shutdown();
        });
        other.start();
        assertThat(connection.receive(-1)).isNull();
        assertThat(connection.ended()).isTrue();
    }

    @Test
    void givesUpWaitingForAnAnswer() {
        assertThatThrownBy(() -> connection.receive(30)).hasMessageContaining("not answered in 30 ms");
    }

    @Test
    void givesUpOnAPeerThatDoesNotRead() {
        Message message = Message.request(1, Message.payload(4000), List.of(), false);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1000; i++) {
                        connection.send(message, 30);
                    }
                })
                .hasMessageContaining("has not read");
        assertThat(connection.offer(message)).isFalse();
    }

    @Test
    void closesDescriptorsNobodyTook() throws Exception {
        long before = OpenFds.count();
        try (EventFd event = EventFd.create("event")) {
            header(1, 1, 0);
            raw.send(bytes, 0, 12, List.of(event.fd(), event.fd(), event.fd()));
        }
        try (Message message = connection.receive(1000);
                Fd taken = message.takeFd()) {
            assertThat(taken.isOpen()).isTrue();
            assertThat(message.fds()).hasSize(2);
        }
        OpenFds.awaitAtMost(before);
    }
}
