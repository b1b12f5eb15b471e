package crosvm.vmm.device.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.linux.abi.IfTun;
import crosvm.vmm.memory.GuestMemory;
import crosvm.vmm.virtio.RecordedHost;
import crosvm.vmm.virtio.host.ThreadBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A card on a tap with a large MTU, between two TCP stacks of this machine's kernel: its own and a network namespace's. */
// In a thread of its own: what waits for a socket cannot be interrupted.
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JumboFramesTest {
    private static final String HOST = "198.18.9.1";
    private static final String GUEST = "198.18.9.2";
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final int BYTES = 32 << 20;
    private static final int ALL = IfTun.TUN_F_CSUM | IfTun.TUN_F_TSO4 | IfTun.TUN_F_TSO6 | IfTun.TUN_F_TSO_ECN;

    private final ExecutorService guest = Executors.newSingleThreadExecutor();
    private final ExecutorService driver = Executors.newSingleThreadExecutor();
    private final RecordedHost host = new RecordedHost();

    @BeforeAll
    static void needsRootAndTheDevice() {
        assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "no /dev/net/tun that this user may open");
        assumeTrue(System.getProperty("user.name").equals("root"), "creating a tap needs CAP_NET_ADMIN");
    }

    @BeforeEach
    void makesTheNamespace() throws Exception {
        assertThat(guest.submit(() -> Function.getFunction("c", "unshare").invokeInt(new Object[] {CLONE_NEWNET}))
                        .get())
                .isZero();
    }

    @AfterEach
    void ends() {
        guest.shutdownNow();
        driver.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1500, 9000, 65521})
    void carriesTcpBothWaysWithSegmentationOffload(int mtu) throws Exception {
        exchange(mtu, ALL, Frame.HEADER + Frame.ETHERNET + Math.max(mtu, 20_000));
    }

    @Test
    void carriesTcpBothWaysInFramesOfTheMtu() throws Exception {
        exchange(9000, 0, Frame.HEADER + Frame.ETHERNET + 9000);
    }

    /** @param longest a frame of at least so many bytes is seen both ways, so that the case is what it is meant to be */
    private void exchange(int mtu, int guestOffloads, int longest) throws Exception {
        try (GuestMemory memory = GuestMemory.allocate(TapGuest.MEMORY);
                Tap outside = made(mtu, HOST);
                Tap inside = guest.submit(() -> made(mtu, GUEST)).get()) {
            Tap.setOffloads(inside.queues().get(0), guestOffloads);
            NetDevice device = NetDevice.onTap("lan", MacAddress.parse("02:00:00:00:09:02"), outside.queues(), mtu);
            try (ThreadBackend card = new ThreadBackend(device)) {
                card.listen(host);
                card.setMemory(memory);
                long without = guestOffloads == 0 ? NetFeature.GUEST_OFFLOADS : 0;
                card.acceptFeatures(card.features() & ~without);
                TapGuest queues = new TapGuest(card, memory, inside);
                Future<?> running = driver.submit(queues);
                try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
                    Future<Long> echoed = guest.submit(() -> echo(server.getLocalPort()));
                    try (Socket socket = server.accept()) {
                        long sum = send(socket);
                        assertThat(receive(socket)).isEqualTo(sum);
                        assertThat(echoed.get()).isEqualTo(BYTES);
                    }
                }
                queues.stop();
                running.get();
                assertThat(queues.longestIn).isGreaterThanOrEqualTo(longest);
                assertThat(queues.longestOut).isGreaterThanOrEqualTo(longest);
            }
        }
        assertThat(host.failures).isEmpty();
    }

    private static Tap made(int mtu, String address) {
        Tap tap = Tap.create(1);
        tap.setMtu(mtu);
        tap.configure(
                Ipv4Address.parse(address).bits(),
                Ipv4Address.parse("255.255.255.0").bits());
        return tap;
    }

    /** The guest's end: takes everything, then sends it back. */
    private static long echo(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(HOST, port), 60_000);
            byte[] all = socket.getInputStream().readNBytes(BYTES);
            socket.getOutputStream().write(all);
            return all.length;
        }
    }

    private static long send(Socket socket) throws IOException {
        byte[] block = new byte[1 << 20];
        Random random = new Random(9);
        CRC32 sum = new CRC32();
        OutputStream to = socket.getOutputStream();
        for (int i = 0; i < BYTES / block.length; i++) {
            random.nextBytes(block);
            sum.update(block);
            to.write(block);
        }
        return sum.getValue();
    }

    private static long receive(Socket socket) throws IOException {
        byte[] block = new byte[1 << 16];
        CRC32 sum = new CRC32();
        InputStream from = socket.getInputStream();
        for (int left = BYTES; left > 0; ) {
            int got = from.read(block, 0, Math.min(block.length, left));
            if (got < 0) {
                throw new IOException("ended " + left + " bytes early");
            }
            sum.update(block, 0, got);
            left -= got;
        }
        return sum.getValue();
    }
}
