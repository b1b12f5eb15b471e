package crosvm.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.vmm.linux.abi.SocketMessage;
import crosvm.vmm.linux.jna.LibC;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixDatagramTest {
    private static final int SUN_PATH = 2;

    @TempDir
    Path folder;

    private static Fd receiver(String path, int length) {
        Fd fd = Fd.owning(
                ErrnoException.check(
                        LibC.socket(SocketMessage.AF_UNIX, SocketMessage.SOCK_DGRAM | SocketMessage.SOCK_CLOEXEC, 0),
                        "socket"),
                path);
        NativeBuffer address = NativeBuffer.allocate(110);
        address.bytes().putShort(0, (short) 1).put(SUN_PATH, path.getBytes(StandardCharsets.UTF_8));
        ErrnoException.check(LibC.bind(fd.number(), address.address(), length), "bind");
        return fd;
    }

    private static String received(Fd fd) {
        assertThat(PollSet.readable(fd.number()).await(0)).as("a datagram").isTrue();
        NativeBuffer data = NativeBuffer.allocate(64);
        byte[] bytes = new byte[ErrnoException.check((int) LibC.read(fd.number(), data.address(), 64), "read")];
        data.bytes().get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void send(String address, String text) {
        UnixDatagram.send(address, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void arrivesAtAPathEachAsAWhole() {
        String path = folder.resolve("notify").toString();
        try (Fd receiver = receiver(path, 110)) {
            send(path, "READY=1\nSTATUS=running");
            send(path, "STOPPING=1");
            assertThat(List.of(received(receiver), received(receiver)))
                    .containsExactly("READY=1\nSTATUS=running", "STOPPING=1");
        }
    }

    @Test
    void arrivesAtAnAbstractName() {
        String name = "crosvm-test-" + UUID.randomUUID();
        try (Fd receiver = receiver("\0" + name, SUN_PATH + 1 + name.length())) {
            send("@" + name, "READY=1");
            assertThat(received(receiver)).isEqualTo("READY=1");
        }
    }

    @Test
    void namesTheAddressThatNobodyListensOn() {
        String path = folder.resolve("nobody").toString();
        assertThatThrownBy(() -> send(path, "x"))
                .isInstanceOf(ErrnoException.class)
                .hasMessageContaining(path);
    }

    @Test
    void refusesAnAddressThatIsTooLong() {
        assertThatThrownBy(() -> send("/" + "x".repeat(107), "x"))
                .isInstanceOf(ErrnoException.class)
                .hasMessageContaining("107 bytes");
    }

    @Test
    void givesUpOnAReceiverThatNeverReads() {
        String path = folder.resolve("full").toString();
        try (Fd receiver = receiver(path, 110)) {
            assertThat(receiver.isOpen()).isTrue();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            send(path, "x");
                        }
                    })
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
        }
    }

    @Test
    void leaksNoDescriptor() throws Exception {
        String path = folder.resolve("notify").toString();
        try (Fd receiver = receiver(path, 110)) {
            send(path, "x");
            long before = OpenFds.count();
            send(path, "x");
            assertThatThrownBy(() -> send(folder.resolve("nobody").toString(), "x"))
                    .isInstanceOf(ErrnoException.class);
            OpenFds.awaitAtMost(before);
            assertThat(received(receiver)).isEqualTo("x");
        }
    }
}
