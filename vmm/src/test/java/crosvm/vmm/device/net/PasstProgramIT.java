package crosvm.vmm.device.net;

import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.in;
import static crosvm.vmm.virtio.queue.DriverQueue.Buffer.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import crosvm.schema.model.MacAddress;
import crosvm.schema.model.PortForward;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.linux.PollSet;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.QueueBench;
import crosvm.vmm.virtio.queue.QueueBroken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The installed passt: started, talked to, gone; and programs of that name that do not work. */
class PasstProgramIT {
    private static final String PATH = System.getenv("PATH");
    private static final long DATA = 0x10000;
    /** Who has 192.0.2.77? passt answers for every address but the guest's. */
    private static final byte[] REQUEST = HexFormat.of()
            .parseHex("ffffffffffff" + "020000000502" + "0806" + "0001080006040001" + "020000000502" + "c000024e"
                    + "000000000000" + "c000024d");

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void answersTheGuestBindsItsPortsAndEndsWithTheStream() throws Exception {
        int port = freePort();
        Fd stream = Passt.start(List.of(new PortForward(port, 80)), PATH);
        assertThat(listens(port)).as("bound when start() returns").isTrue();
        try (GuestMemory memory = GuestMemory.allocate(1 << 20)) {
            NetDevice card = NetDevice.onStream("user", new MacAddress(0x020000000502L), stream);
            QueueBench receive = new QueueBench(card, 0, memory, 0x1000, 64, card.features());
            QueueBench transmit = new QueueBench(card, 1, memory, 0x4000, 16, card.features());
            for (int i = 0; i < 60; i++) {
                receive.driver.offer(in(DATA + 0x1000 + 0x800L * i, 0x800));
            }
            memory.write(DATA + Frame.HEADER, REQUEST, 0, REQUEST.length);
            transmit.driver.offer(out(DATA, Frame.HEADER + REQUEST.length));
            receive.handle();
            transmit.handle();
            assertThat(arpReply(memory, receive, stream)).isTrue();
            receive.call.close();
            transmit.close();
        }
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (listens(port) && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(listens(port)).as("it has ended").isFalse();
    }

    private static boolean arpReply(GuestMemory memory, QueueBench receive, Fd stream) throws QueueBroken {
        PollSet frames = PollSet.readable(stream.number());
        int seen = 0;
        while (seen < 60 && (receive.driver.usedIndex() > seen || frames.await(10_000))) {
            receive.serveWatches();
            for (; seen < receive.driver.usedIndex(); seen++) {
                ByteBuffer frame = ByteBuffer.allocate(receive.driver.usedLength(seen));
                memory.read(DATA + 0x1000 + 0x800L * receive.driver.usedId(seen), frame.array(), 0, frame.capacity());
                if (frame.getShort(Frame.HEADER + 12) == 0x0806 && frame.getInt(Frame.HEADER + 28) == 0xc000024d) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void refusesAPortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> Passt.start(List.of(new PortForward(port, 80)), PATH))
                    .isInstanceOf(VmmException.class)
                    .hasMessageContaining("forward " + port + ":80")
                    .hasMessageContaining("address already in use");
        }
    }

    @Test
    void saysWhatToInstallWhenItIsMissing(@TempDir Path empty) {
        assertThatThrownBy(() -> Passt.start(List.of(), empty.toString()))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("package passt");
    }

    @Test
    void tellsWhatItSaidWhenItDoesNotStart(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("passt"),
                "#!/bin/sh\necho 'Failed to send 3 bytes to syslog' >&2\n" + "echo 'no such interface' >&2\nexit 1\n");
        Files.setPosixFilePermissions(folder.resolve("passt"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> Passt.start(List.of(), folder.toString()))
                .isInstanceOf(VmmException.class)
                .hasMessage("passt ended with status 1. It said: no such interface");
    }

    /** The installed passt in a network namespace that has nothing but its lo. */
    @Test
    void saysWhatToDoOnAHostWithoutADefaultRoute(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("passt"), "#!/bin/sh\nPATH=" + PATH + " exec unshare -r -n passt \"$@\"\n");
        Files.setPosixFilePermissions(folder.resolve("passt"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> Passt.start(List.of(), folder.toString()))
                .isInstanceOf(VmmException.class)
                .hasMessageContaining("External interface not usable")
                .hasMessageEndingWith(
                        "This host has no default route for it to follow: add one (ip route add default via"
                                + " GATEWAY), or use hostIp and netmask");
    }
}
