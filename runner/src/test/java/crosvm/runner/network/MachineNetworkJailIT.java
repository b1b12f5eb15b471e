package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MachineForward;
import crosvm.vmm.linux.ChildProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A network between machines as they find it, with namespaces in their place. For root. */
class MachineNetworkJailIT extends WithTestedNetwork {
    private static final Pattern COUNTER = Pattern.compile("counter packets (\\d+) bytes \\d+");

    @Test
    void givesMachinesTheirAddressesAndNamesCarriesTheirPacketsAndEndsWithTheLast() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            assertThat(db.dhcp())
                    .contains("bound 10.77.3.10/24 router  dns 10.77.3.1 domain shop")
                    .endsWith("status 0");
            assertThat(web.dhcp()).contains("bound 10.77.3.21/24").endsWith("status 0");
            assertThat(web.shell("busybox nslookup db 10.77.3.1; busybox nslookup -type=a db.shop 10.77.3.1"))
                    .contains("10.77.3.10");
            assertThat(web.shell("busybox nslookup web.shop 10.77.3.1")).contains("10.77.3.21", "10.77.3.22");
            assertThat(web.shell("busybox ping -c 3 -W 10 10.77.3.10")).endsWith("status 0");
            assertThat(db.shell("busybox ping -c 3 -W 10 10.77.3.21")).endsWith("status 0");
            String own6 = Ipv6Addresses.of(
                    Ipv6Addresses.prefix(plan),
                    Objects.requireNonNull(plan.host("db")).mac());
            for (PeerMachine machine : List.of(db, web)) {
                network.await(
                        "the router has told of its prefix",
                        () -> !machine.shell("ip -6 address").contains("tentative")
                                && machine.shell("ip -6 address").contains("scope global"));
            }
            network.await(
                    "the machines have found each other",
                    () -> web.shell("busybox ping -6 -c 3 -W 10 " + own6).endsWith("status 0"));
            assertThat(network.told()).isEmpty();
            requireConfined();
        }
        network.awaitNothingLeft();
    }

    /** What guests send is read by a process that sees no file of the host's but its programs. */
    private void requireConfined() throws IOException {
        Path itself = Path.of("/proc", String.valueOf(network.nameServer().pid()));
        assertThat(itself.resolve("root/etc/passwd")).hasContent("root:x:0:0:::");
        assertThat(itself.resolve("root/old")).isEmptyDirectory();
        assertThat(itself.resolve("root/root")).doesNotExist();
        assertThat(Files.readAllLines(itself.resolve("mounts")))
                .as("it can write to its own folder alone")
                .filteredOn(line -> line.contains(" rw") && !line.contains(" /dev/"))
                .hasSize(1)
                .allMatch(line -> line.contains(folder.toString()));
        assertThat(Files.readAllLines(itself.resolve("status")))
                .as("net_bind_service, net_admin and net_raw")
                .contains("CapBnd:\t0000000000003400", "CapEff:\t0000000000003400", "NoNewPrivs:\t1");
    }

    @Test
    void dropsWhatPretendsToComeFromSomebodyElse() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        NetworkPlan.Host own = Objects.requireNonNull(plan.host("web-1"));
        NetworkPlan.Host other = Objects.requireNonNull(plan.host("web-2"));
        SpoofedFrames frames = new SpoofedFrames(plan.subnet().gateway(), own, other);
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            Map<String, byte[]> spoofed = frames.all();
            spoofed.values().forEach(web::send);
            network.await("all of them are counted", () -> dropped(web) >= spoofed.size());
            web.send(frames.honest("honest"));
            network.await("the honest frame has come", () -> has(db, "honest"));
            assertThat(spoofed.keySet()).noneMatch(what -> has(db, what));
        }
    }

    private static boolean has(PeerMachine machine, String word) {
        return machine.received().stream().anyMatch(frame -> frame.contains("[" + word + "]"));
    }

    private static int dropped(PeerMachine machine) {
        Matcher counters = COUNTER.matcher(rules(machine));
        int sum = 0;
        while (counters.find()) {
            sum += Integer.parseInt(counters.group(1));
        }
        return sum;
    }

    /** The rules, whatever they have counted and whichever taps they are of, in any order. */
    private static List<String> countless(PeerMachine machine) {
        return COUNTER.matcher(rules(machine))
                .replaceAll("")
                .replaceAll("vmtap\\d+", "vmtap")
                .lines()
                .sorted()
                .toList();
    }

    private static String rules(PeerMachine machine) {
        try {
            return Files.readString(machine.inNetwork(List.of("/usr/sbin/nft", "list", "table", "bridge", "crosvm")));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** It waits twice as long for a first call. */
    @Test
    void endsWhenWhoeverHasStartedItGoesWithoutJoining() throws Exception {
        network.start(TestedNetwork.plan(false, List.of())).connect(List.of()).close();
        awaitEndOfAll();
    }

    /** In half of the minute after which it would end by itself. */
    private void awaitEndOfAll() throws Exception {
        for (int i = 0; i < 600 && !network.processes().isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertThat(network.processes()).isEmpty();
        network.awaitNothingLeft();
    }

    @Test
    void endsWhenWhoeverHasStartedItIsKilledBeforeItHasCalled() throws Exception {
        Process starter = network.startElsewhere();
        try {
            network.await(
                    "it is being started",
                    () -> !network.processes("NetworkMain").isEmpty());
        } finally {
            starter.destroyForcibly().waitFor();
        }
        awaitEndOfAll();
    }

    @Test
    void hasTheRulesOfAPortOnceWhenAMachineComesAgain() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        try (PeerMachine db = network.machine(plan, "db")) {
            List<String> first;
            try (PeerMachine web = network.machine(plan, "web-1")) {
                first = countless(web);
            }
            try (PeerMachine web = network.machine(plan, "web-1")) {
                assertThat(countless(web)).isEqualTo(first);
                assertThat(web.dhcp()).endsWith("status 0");
            }
            assertThat(db.dhcp()).endsWith("status 0");
        }
    }

    @Test
    void goesOnWhenItsProcessesAreKilledAndLetsOthersJoin() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            assertThat(db.dhcp()).endsWith("status 0");
            network.kill("dnsmasq");
            network.await(
                    "it is told",
                    () -> network.told().stream().anyMatch(line -> line.contains("dnsmasq was ended by SIGKILL")));
            assertThat(web.dhcp()).contains("bound 10.77.3.21/24").endsWith("status 0");
            network.kill("NetworkMain");
            network.await(
                    "both are told",
                    () -> network.told().stream()
                                    .filter(line -> line.contains("is started again"))
                                    .count()
                            >= 3);
            assertThat(web.shell("busybox ping -c 3 -W 10 10.77.3.10")).endsWith("status 0");
            try (PeerMachine late = network.machine(plan, "web-2")) {
                assertThat(late.dhcp()).contains("bound 10.77.3.22/24").endsWith("status 0");
                assertThat(late.shell("busybox ping -c 3 -W 10 10.77.3.10")).endsWith("status 0");
            }
            assertThat(network.told()).noneMatch(line -> line.contains("lost"));
        }
        network.awaitNothingLeft();
    }

    @Test
    void refusesWhatCannotBeBesideWhatRuns() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        try (PeerMachine db = network.machine(plan, "db")) {
            NetworkPlan other = new NetworkPlan(
                    "shop",
                    "lan",
                    Ipv4Subnet.parse("10.78.0.0/24"),
                    true,
                    new Reach(false, null),
                    null,
                    List.of(),
                    plan.hosts());
            assertThat(failure(other, "web-1"))
                    .contains("the network lan of shop runs with 10.77.3.0/24", "now says 10.78.0.0/24", "crosvm down");
            List<NetworkPlan.Host> swapped = List.of(new NetworkPlan.Host(
                    "web-1", "web", MacAddress.parse("52:54:00:00:00:02"), Ipv4Address.parse("10.77.3.10")));
            NetworkPlan taken = new NetworkPlan(
                    "shop", "lan", plan.subnet(), true, new Reach(false, null), null, List.of(), swapped);
            assertThat(failure(taken, "web-1")).contains("10.77.3.10", "is still that of the running machine db");
            assertThat(db.dhcp()).endsWith("status 0");
        }
        NetworkPlan moved = new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.78.0.0/24"),
                false,
                false,
                null,
                null,
                List.of(),
                List.of(new NetworkPlan.Host(
                        "db", "db", MacAddress.parse("52:54:00:00:00:01"), Ipv4Address.parse("10.78.0.10"))));
        try (PeerMachine db = network.machine(moved, "db")) {
            assertThat(db.dhcp())
                    .as("whether the old one's process is still there or not")
                    .contains("bound 10.78.0.10/24")
                    .endsWith("status 0");
        }
    }

    private String failure(NetworkPlan plan, String name) {
        try (PeerMachine machine = network.machine(plan, name)) {
            return "joined as " + machine.card();
        } catch (crosvm.vmm.VmmException | IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void leadsOutAndInThroughPastaAndNeverToTheHostsOwnServices() throws Exception {
        assumeTrue(hasDefaultRoute(), "pasta needs a default route");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        NetworkPlan plan = TestedNetwork.plan(true, List.of(new MachineForward(port, "web-1", 80)));
        Path pages = Files.createDirectories(folder.resolve("pages"));
        Files.writeString(pages.resolve("hello"), "hello from web");
        try (ServerSocket host = new ServerSocket()) {
            host.bind(new InetSocketAddress("0.0.0.0", 0));
            try (PeerMachine web = network.machine(plan, "web-1");
                    ChildProcess server = web.start("exec busybox httpd -f -p 80 -h " + pages)) {
                assertThat(web.dhcp()).contains("router 10.77.3.1").endsWith("status 0");
                assertThat(server.await(0)).isNull();
                network.await("the forwarded port answers", () -> answer(port).contains("hello from web"));
                network.kill("pasta");
                network.await(
                        "pasta is started again",
                        () -> network.told().stream().anyMatch(line -> line.contains("pasta was ended")));
                network.await(
                        "the forwarded port answers again", () -> answer(port).contains("hello from web"));
                web.shell("busybox nc -w 2 127.0.0.1 " + host.getLocalPort() + " </dev/null; busybox nc -w 2 10.77.3.1 "
                        + host.getLocalPort() + " </dev/null");
                host.setSoTimeout(1);
                assertThat(accepts(host)).as("the gateway is not the host").isFalse();
            }
        }
        network.awaitNothingLeft();
    }

    private static boolean accepts(ServerSocket host) throws IOException {
        try (Socket caller = host.accept()) {
            return caller.isConnected();
        } catch (java.net.SocketTimeoutException e) {
            return false;
        }
    }

    private static boolean hasDefaultRoute() throws IOException {
        return Files.readAllLines(Path.of("/proc/net/route")).stream()
                .anyMatch(line -> line.split("\\s+").length > 7 && line.split("\\s+")[1].equals("00000000"));
    }

    private static String answer(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write("GET /hello HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }
}
