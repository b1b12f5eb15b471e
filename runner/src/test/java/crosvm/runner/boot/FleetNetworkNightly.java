package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import crosvm.runner.network.NetworkPlan;
import crosvm.runner.network.SpoofedFrames;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.MacAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three Debian machines of one file on networks between them, of root and of an ordinary user: who reaches whom by which name, and
 * what a hostile one does not get through to its neighbour. Half an hour of the lab's processor each:
 *
 * <pre>LAB_MEM=6144 .ci/lab/run -t 4000 -o /tmp/fleet .ci/junit -Dcrosvm.launcher="$PWD/runner/target/crosvm/bin/crosvm" \
 *   -Dcrosvm.images="$(.ci/lab/images)" -Dcrosvm.debian12="$(.ci/lab/debian bookworm cloud-init,dmidecode)" \
 *   runner '[.]FleetNetworkNightly' /lab</pre>
 */
class FleetNetworkNightly {
    /** Beside the lab's default route, so that it is none of the addresses that pasta gives the network. */
    private static final String OUTSIDE = "198.18.5.1";

    private static final String ORDINARY = "65534";
    private static final Duration LIMIT = Duration.ofMinutes(45);
    private static final int PATIENCE = 1200;

    private static final NetworkPlan.Host DB = host("db", 0xa1, "10.77.3.10");
    private static final NetworkPlan.Host WEB = host("web", 0xa2, "10.77.3.20");
    private static final NetworkPlan.Host EDGE = host("edge", 0xa3, "10.77.3.30");

    @TempDir
    private Path dir;

    private @Nullable Shell shell;

    private static NetworkPlan.Host host(String name, int mac, String address) {
        return new NetworkPlan.Host(
                name, name, MacAddress.parse("52:54:00:00:03:%02x".formatted(mac)), Ipv4Address.parse(address));
    }

    @BeforeAll
    static void makeAnOutside() throws IOException {
        HostNet.addDefaultRoute();
        Lab.command("ip", "address", "add", OUTSIDE + "/24", "dev", "uplink");
    }

    @AfterAll
    static void remove() throws IOException {
        HostNet.removeDefaultRoute();
    }

    /** All that have a command line, which the kernel's threads have not. */
    private static Set<String> processes() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("/proc"))) {
            return folders.filter(folder -> folder.getFileName().toString().matches("[0-9]+"))
                    .map(FleetNetworkNightly::commandLine)
                    .filter(line -> !line.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String commandLine(Path process) {
        try {
            String line = Files.readString(process.resolve("cmdline")).replace('\0', ' ');
            return line.isBlank() ? "" : process.getFileName() + " " + line;
        } catch (IOException e) {
            return ""; // It has ended.
        }
    }

    private void fleet() throws IOException {
        Files.writeString(dir.resolve("vm.yaml"), """
                name: shop
                defaults:
                  kernel: {image: %1$s/vmlinuz, initrd: %1$s/initrd.img, params: quiet}
                  memory: 384MiB
                  disks: [{id: root, path: %1$s/debian.ext4, root: true, readOnly: false, writes: discard}]
                  vsock: auto
                  ready: {vsock: 22, within: 30m}
                networks:
                  lan: {subnet: 10.77.3.0/24, ipv6: true}
                  open: {subnet: 10.77.4.0/24, internet: true}
                machines:
                  db: {networks: [{id: lan, network: lan, address: %2$s, mac: "%3$s"}]}
                  web:
                    networks: [{id: lan, network: lan, address: %4$s, mac: "%5$s"}]
                    dependsOn: {db: ready}
                  edge:
                    networks:
                      - {id: open, network: open}
                      - {id: lan, network: lan, address: %6$s, mac: "%7$s"}
                """.formatted(
                        System.getProperty("crosvm.debian12"),
                        DB.address(),
                        DB.mac(),
                        WEB.address(),
                        WEB.mac(),
                        EDGE.address(),
                        EDGE.mac()));
    }

    /** The program in the test's folder, as a user. */
    private Shell as(String user) throws IOException {
        Lab.command("chown", "-R", user, dir.toString());
        for (String device : List.of("/dev/kvm", "/dev/vhost-vsock")) {
            Lab.command("chmod", "666", device); // As udev does for a group; the lab has none.
        }
        for (Path readable : List.of(Path.of(System.getProperty("crosvm.debian12")), Lab.launcher())) {
            for (Path folder = readable; folder != null; folder = folder.getParent()) {
                Lab.command("chmod", "a+x", folder.toString()); // The lab forgets it at its end.
            }
        }
        String program =
                "setpriv --reuid=%1$s --regid=%1$s --clear-groups --no-new-privs %2$s".formatted(user, Lab.launcher());
        return new Shell(
                dir, Map.of("HOME", dir.toString(), "XDG_RUNTIME_DIR", dir.toString(), "crosvm", program), LIMIT);
    }

    private String succeeds(String line) throws Exception {
        Shell.Ran ran = Objects.requireNonNull(shell).run(line);
        assertThat(ran.status()).as(line + "\n" + ran).isZero();
        return ran.out();
    }

    /** A script in one of the guests. */
    private String in(NetworkPlan.Host machine, String script) throws Exception {
        Path file = Files.writeString(dir.resolve("script"), script);
        return succeeds("$crosvm exec --timeout 20m " + machine.name() + " -- bash <" + file);
    }

    @Test
    void reachEachOtherByNameAndNothingElseAsRoot() throws Exception {
        reachEachOtherByNameAndNothingElse("0");
    }

    @Test
    void reachEachOtherByNameAndNothingElseAsAnOrdinaryUser() throws Exception {
        reachEachOtherByNameAndNothingElse(ORDINARY);
    }

    private void reachEachOtherByNameAndNothingElse(String user) throws Exception {
        Set<String> interfaces = HostNet.interfaces();
        Set<String> before = processes();
        fleet();
        shell = as(user);
        try {
            succeeds("up -d --wait --wait-timeout 40m");
            startsWebOnceDbIsReady();
            reachesByName(DB, WEB);
            reachesByName(WEB, DB);
            leadsOnlyOneOfThemOut();
            getsNothingSpoofedThrough();
            assertThat(HostNet.interfaces()).as("the host's interfaces").isEqualTo(interfaces);
            assertThat(succeeds("down --rm --timeout 10m")).doesNotContain("network lan", "network open");
        } finally {
            shell.run("$crosvm logs; $crosvm logs --crosvm; $crosvm down --timeout 0 || true");
        }
        for (int i = 0; i < PATIENCE && !before.containsAll(processes()); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(processes()).as("processes that are left").isSubsetOf(before);
        assertThat(dir.resolve("crosvm")).isEmptyDirectory();
        assertThat(dir.resolve("crosvm-networks/private")).isEmptyDirectory();
        assertThat(dir.resolve("crosvm-networks").toFile().list()).containsExactlyInAnyOrder("lock", "private");
    }

    private void startsWebOnceDbIsReady() throws Exception {
        String[] times = succeeds("""
                $crosvm ps --format json | python3 -c '
                import json, sys
                of = {machine["name"].rpartition("-")[2]: machine for machine in json.load(sys.stdin)}
                print(of["db"]["readiness"]["since"], of["web"]["started"], of["edge"]["started"])'""").split("\\s+");
        List<Instant> instants = Stream.of(times).map(Instant::parse).toList();
        assertThat(instants.get(1)).as("web starts").isAfterOrEqualTo(instants.get(0));
        assertThat(instants.get(2)).as("edge waits for nobody").isBefore(instants.get(0));
    }

    /** By ping and HTTP; the address is DNS's answer, for all three believe that they are called debian. */
    private void reachesByName(NetworkPlan.Host from, NetworkPlan.Host to) throws Exception {
        in(to, """
                mkdir /run/page; echo "from %s" >/run/page/name
                systemd-run --quiet --unit page python3 -m http.server -d /run/page 80
                for i in $(seq 300); do curl -sS http://127.0.0.1/name && exit 0; sleep 2; done; exit 1""".formatted(to.name()));
        for (String name : List.of(to.name(), to.name() + ".shop")) {
            assertThat(in(from, """
                    for i in $(seq 300); do ping -4 -c 1 -W 10 %1$s >/dev/null 2>&1 && break; sleep 2; done
                    ping -4 -c 3 -W 30 %1$s && curl -sS -m 120 http://%1$s/name""".formatted(name)))
                    .contains("(" + to.address() + ")", "3 received", "\nfrom " + to.name() + "\n");
        }
    }

    private void leadsOnlyOneOfThemOut() throws Exception {
        Path page = Files.writeString(dir.resolve("page"), "from outside");
        HttpServer server = HttpServer.create(new InetSocketAddress(OUTSIDE, 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, Files.size(page));
            try (var body = exchange.getResponseBody()) {
                Files.copy(page, body);
            }
        });
        server.start();
        try {
            String get = "curl -sS -m 60 http://%s:%d/"
                    .formatted(OUTSIDE, server.getAddress().getPort());
            assertThat(in(EDGE, get)).isEqualTo("from outside");
            for (NetworkPlan.Host machine : List.of(DB, WEB)) {
                assertThat(in(machine, """
                        ip route show default
                        %1$s; echo " without a route: $?"
                        ip route add %2$s via 10.77.3.1 && %1$s; echo " by way of the gateway: $?"
                        resolvectl query -4 example.org >/run/answer 2>&1; echo "name: $? $(cat /run/answer)\"""".formatted(get, OUTSIDE)))
                        .matches(
                                "(?s) without a route: 7\n by way of the gateway: (7|28)\nname: 1 .*(REFUSED|not found).*");
            }
        } finally {
            server.stop(0);
        }
    }

    /** web sends what pretends to come from edge or from the network, to everybody and to db. */
    private void getsNothingSpoofedThrough() throws Exception {
        SpoofedFrames spoofed = new SpoofedFrames(Ipv4Address.parse("10.77.3.1"), WEB, EDGE);
        List<byte[]> frames = new ArrayList<>(spoofed.all().values());
        frames.add(spoofed.honest("honest"));
        String lines = frames.stream().map(HexFormat.of()::formatHex).collect(Collectors.joining("\n", "", "\n"));
        succeeds("$crosvm exec --timeout 20m db -- tee /run/watch.py <" + resource("watch.py") + " >/dev/null");
        in(DB, """
                systemd-run --quiet --unit watch -p StandardOutput=file:/run/seen python3 /run/watch.py
                for i in $(seq 300); do grep -q watching /run/seen && exit 0; sleep 2; done; exit 1""");
        succeeds("$crosvm exec --timeout 20m web -- tee /run/send.py <" + resource("send.py") + " >/dev/null");
        assertThat(in(
                        WEB,
                        "python3 /run/send.py $(basename /sys/class/net/en*) " + DB.mac() + " <<END\n" + lines
                                + "END\n"))
                .isEqualTo("sent " + 2 * frames.size() + "\n");
        assertThat(
                        in(
                                DB,
                                "for i in $(seq 300); do [ $(grep -c honest /run/seen) -lt 2 ] || break; sleep 2; done; cat /run/seen"))
                .isEqualTo("watching\nhonest\nhonest\n");
        in(DB, """
                networkctl renew $(basename /sys/class/net/en*); sleep 10; networkctl status $(basename /sys/class/net/en*)
                ip -4 -o address | grep %s/24""".formatted(DB.address()));
    }

    private static Path resource(String name) {
        return Path.of("src/test/resources/fleet", name).toAbsolutePath();
    }
}
