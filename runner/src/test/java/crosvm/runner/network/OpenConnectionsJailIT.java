package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A machine that keeps connections open, beside others on its network. For root. */
class OpenConnectionsJailIT extends WithTestedNetwork {
    /** dnsmasq answers twenty. */
    private static final int IDLE = 24;

    private static final InetSocketAddress NAME_SERVER = new InetSocketAddress("10.77.3.1", 53);
    private static final String WEB = "93.184.216.10";

    /** A question for the IPv4 address of db.shop, its length before it (RFC 1035, section 4). */
    private static final byte[] QUESTION =
            HexFormat.of().parseHex("0019" + "00010100000100000000" + "0000" + "02646204" + "73686f70" + "0000010001");

    @Test
    void doNotKeepOthersFromNamesWhenTheyAreIdleAndToTheNameServer() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        List<SocketChannel> idle = new ArrayList<>();
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            assertThat(db.dhcp()).endsWith("status 0");
            assertThat(web.dhcp()).endsWith("status 0");
            assertThat(answer(db)).endsWith("0a4d030a");
            ProcessHandle nameServer = network.nameServer();
            for (int i = 0; i < IDLE; i++) {
                idle.add(web.call(() -> {
                    SocketChannel channel = SocketChannel.open();
                    channel.configureBlocking(false);
                    channel.connect(NAME_SERVER);
                    return channel;
                }));
            }
            network.await("they are open or refused", () -> connected(idle) + refused(web, "input") >= IDLE);
            assertThat(connected(idle)).isEqualTo(OpenConnections.ASKING);
            assertThat(answer(db)).as("by TCP").endsWith("0a4d030a");
            assertThat(db.shell("busybox nslookup -type=a web-1.shop 10.77.3.1"))
                    .contains("10.77.3.21");
            assertThat(db.dhcp()).endsWith("status 0");

            nameServer.destroyForcibly();
            network.await(
                    "it is told",
                    () -> network.told().stream().anyMatch(line -> line.contains("dnsmasq was ended by SIGKILL")));
            assertThat(db.dhcp()).endsWith("status 0");
            network.await("names resolve by TCP again", () -> !answer(db).isEmpty());
            assertThat(network.told()).as("dnsmasq ended once").hasSize(2);
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
        }
        network.awaitNothingLeft();
    }

    private static long connected(List<SocketChannel> channels) {
        return channels.stream()
                .filter(channel -> {
                    try {
                        return channel.finishConnect();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .count();
    }

    /** The name server's answer by TCP in hexadecimal digits; empty without one. */
    private static String answer(PeerMachine machine) {
        return machine.call(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(NAME_SERVER, 20_000);
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(QUESTION);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                return HexFormat.of().formatHex(in.readNBytes(in.readUnsignedShort()));
            } catch (IOException e) {
                return "";
            }
        });
    }

    @Test
    void doNotFillTheRoutersTableWhenTheyAreToTheOutside() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(true, List.of());
        try (OutsideWorld world = new OutsideWorld(folder, List.of(WEB + ":80"), "");
                PeerMachine db = world.onHost(() -> network.machine(plan, "db"));
                PeerMachine web = world.onHost(() -> network.machine(plan, "web-1"))) {
            assertThat(db.dhcp()).endsWith("status 0");
            assertThat(web.dhcp()).endsWith("status 0");
            int[] port = {1024};
            network.await("more are refused", () -> {
                port[0] = web.call(() -> begin(port[0], 250));
                return refused(web, "forward") > 0 || port[0] > 40_000;
            });
            assertThat(number(web, "/proc/sys/net/netfilter/nf_conntrack_count"))
                    .as("connections that the network's router keeps in mind")
                    .isLessThan(OpenConnections.OUTSIDE + 500);
            assertThat(reaches(web)).as("one more").isFalse();
            network.await("another machine gets out", () -> reaches(db));
        }
        network.awaitNothingLeft();
    }

    /** Begins connections to so many ports outside, and returns the next port. */
    private static int begin(int first, int count) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int port = first; port < first + count; port++) {
                socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName(WEB), port));
            }
        }
        return first + count;
    }

    private static boolean reaches(PeerMachine machine) {
        return machine.shell("timeout 5 busybox wget -q -O - http://" + WEB + "/")
                .contains("it\nstatus 0");
    }

    /** What the network has dropped in a chain. */
    private static long refused(PeerMachine machine, String chain) {
        List<String> list = List.of("/usr/sbin/nft", "list", "chain", "inet", "crosvm_open", chain);
        try {
            Matcher counter =
                    Pattern.compile("counter packets (\\d+)").matcher(Files.readString(machine.inNetwork(list)));
            return counter.find() ? Long.parseLong(counter.group(1)) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(PeerMachine machine, String file) throws IOException {
        return Long.parseLong(Files.readString(machine.inNetwork(List.of("/bin/cat", file)), StandardCharsets.US_ASCII)
                .strip());
    }
}
