package crosvm.runner.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Linux guests of one file on networks between them, of root and of an ordinary user. Six boots, three at once, and four minutes of the
 * lab's processor: run by hand, as {@link PublishedImageNightly} is.
 */
class FleetNetworkNightly {
    /** Beside the lab's default route, so that it is none of the addresses that pasta gives the network. */
    private static final String OUTSIDE = "198.18.5.1";

    private static final Duration BOOTS = Duration.ofSeconds(300);
    private static final int PATIENCE = 1200;

    @TempDir
    private Path dir;

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
        try (var folders = Files.list(Path.of("/proc"))) {
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

    private Path fleet(int port) throws IOException {
        for (String image : List.of("vmlinuz", "initrd")) {
            Lab.copyOf(image, dir);
        }
        Path spec = Files.writeString(
                dir.resolve("vm.yaml"), """
                name: shop
                defaults: {kernel: {image: vmlinuz, initrd: initrd}, memory: 160MiB, rng: false}
                networks:
                  lan: {subnet: 10.77.3.0/24}
                  open: {subnet: 10.77.4.0/24, internet: true}
                machines:
                  db:
                    kernel: {params: "quiet crosvm.test=dhcp,serve,lan,button crosvm.peer=web %1$s"}
                    networks: [{id: lan, network: lan, address: 10.77.3.10}]
                    ready: {console: CROSVM-serving}
                  web:
                    kernel: {params: "quiet crosvm.test=dhcp,serve,lan,button crosvm.peer=db.shop %1$s"}
                    networks: [{id: lan, network: lan}]
                    dependsOn: {db: ready}
                  edge:
                    kernel: {params: "quiet crosvm.test=dhcp,fetch,button crosvm.url=http://%2$s:%3$d/"}
                    networks: [{id: open, network: open}]
                """.formatted("crosvm.closed=" + OUTSIDE + ":" + port, OUTSIDE, port));
        Lab.command("chmod", "-R", "a+rX", dir.toString());
        return spec;
    }

    private Vm up(Path spec, String user) throws IOException {
        Lab.command("chown", "-R", user, dir.toString());
        return Vm.start(
                Path.of(System.getProperty("java.home")),
                dir,
                "setpriv",
                "--reuid=" + user,
                "--regid=" + user,
                "--clear-groups",
                "--no-new-privs",
                "env",
                "HOME=" + dir,
                "XDG_RUNTIME_DIR=" + dir,
                Lab.launcher().toString(),
                "up",
                spec.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65534"})
    void machinesReachEachOtherByNameAndOutsideOnlyWhatTheirNetworkAllows(String user) throws Exception {
        Path page = Files.writeString(dir.resolve("page"), "from outside");
        HttpServer server = HttpServer.create(new InetSocketAddress(OUTSIDE, 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, Files.size(page));
            try (var body = exchange.getResponseBody()) {
                Files.copy(page, body);
            }
        });
        server.start();
        Set<String> interfaces = HostNet.interfaces();
        Set<String> before = processes();
        try (Vm vm = up(fleet(server.getAddress().getPort()), user)) {
            vm.await("^db +\\| CROSVM-lease 10.77.3.10/24", BOOTS);
            vm.await("^web +\\| CROSVM-lan db.shop 10.77.3.10 served by the guest", BOOTS);
            vm.await("^db +\\| CROSVM-lan web [0-9.]+ served by the guest", BOOTS);
            vm.await("^db +\\| CROSVM-lan closed: nc: .*(timed out|unreachable)", BOOTS);
            vm.await("^web +\\| CROSVM-lan closed: nc: .*(timed out|unreachable)", BOOTS);
            vm.await("^edge +\\| CROSVM-fetched " + HostNet.sha256(page), BOOTS);
            assertThat(HostNet.interfaces()).as("the host's interfaces").isEqualTo(interfaces);
            vm.signal("TERM");
            assertThat(vm.endsWithin(BOOTS))
                    .as("it ends; it said: %s", vm.said())
                    .isTrue();
            assertThat(vm.said()).contains("taking the machines down").doesNotContain("network lan:", "network open:");
        } finally {
            server.stop(0);
        }
        for (int i = 0; i < PATIENCE && !before.containsAll(processes()); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(processes()).as("processes that are left").isSubsetOf(before);
        assertThat(dir.resolve("crosvm")).isEmptyDirectory();
        assertThat(dir.resolve("crosvm-networks/private")).isEmptyDirectory();
        assertThat(dir.resolve("crosvm-networks").toFile().list()).containsExactlyInAnyOrder("lock", "private");
    }
}
