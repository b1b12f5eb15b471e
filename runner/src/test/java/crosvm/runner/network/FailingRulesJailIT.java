package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.VmmException;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network with an allow-list whose nft fails or is killed: nobody is connected without rules, and nothing is left. For root. */
class FailingRulesJailIT {
    /** The real one, but for one of the times that it is to load rules. */
    private static final String NFT = """
            #!/bin/sh
            if [ "$1" = -f ]; then
              n=$(($(cat %1$s/loads) + 1))
              echo $n >%1$s/loads
              if [ $n = "$(cat %1$s/fails)" ]; then
                case $(cat %1$s/how) in
                  killed) kill -9 $$ ;;
                  lacks) echo "rules.nft:7:5-99: Error: Could not process rule: No such file or directory" >&2; exit 1 ;;
                esac
                echo "stand-in: out of memory" >&2
                exit 1
              fi
            fi
            exec %2$s "$@"
            """;

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void standsIn() throws IOException {
        assumeTrue(JailedProcess.isRoot(), "only root makes a network namespace without a user namespace");
        base = Files.createDirectory(folder.resolve("base"));
        Path nft = Files.createDirectory(folder.resolve("bin")).resolve("nft");
        Files.writeString(nft, NFT.formatted(folder, NetworkTools.of("").nft()));
        assertThat(nft.toFile().setExecutable(true)).isTrue();
    }

    private void fails(int load, String how) throws IOException {
        Files.writeString(folder.resolve("loads"), "0");
        Files.writeString(folder.resolve("fails"), String.valueOf(load));
        Files.writeString(folder.resolve("how"), how);
    }

    private static NetworkPlan plan() {
        List<NetworkPlan.Host> hosts = new ArrayList<>();
        for (String host : List.of("db", "web")) {
            int number = hosts.size() + 1;
            hosts.add(new NetworkPlan.Host(
                    host,
                    host,
                    MacAddress.parse("52:54:00:00:00:0" + number),
                    Ipv4Address.parse("10.77.3.1" + number),
                    null));
        }
        return new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                false,
                new Reach(true, List.of(EgressTarget.parse("good.test:80"))),
                null,
                List.of(),
                hosts);
    }

    private NetworkStart start() {
        return new NetworkStart(
                base, plan(), Map.of("PATH", folder.resolve("bin").toString()));
    }

    private NetworkLink link(String name, List<String> told) {
        return new NetworkLink(plan(), name, start(), told::add, told::add);
    }

    /** Of all processes, those that have our folder in their command line. */
    private List<String> left() throws IOException {
        List<String> left = new ArrayList<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes
                    .filter(p -> p.getFileName().toString().matches("\\d+"))
                    .toList()) {
                try {
                    String line = Files.readString(process.resolve("cmdline")).replace('\0', ' ');
                    if (line.contains(base.toString())) {
                        left.add(line);
                    }
                } catch (IOException e) {
                    continue; // It has ended.
                }
            }
        }
        return left;
    }

    private void awaitNothingLeft() throws Exception {
        // The process would wait a minute for a first machine.
        for (int i = 0; i < 450 && !left().isEmpty(); i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(left()).as("processes that are left").isEmpty();
        assertThat(base.resolve("private")).isEmptyDirectory();
        assertThat(base.toFile().list((dir, name) -> name.endsWith(".sock"))).isEmpty();
    }

    @Test
    void connectNobodyAndLeaveNothingWhicheverTheyAre() throws Exception {
        try (OutsideWorld world = new OutsideWorld(folder, List.of(), "")) {
            int load = 0;
            for (boolean ended = false; !ended; ) {
                load++;
                String how = load % 2 == 1 ? "fails" : "killed";
                fails(load, how);
                List<String> told = Collections.synchronizedList(new ArrayList<>());
                try (NetworkLink link = link("db", told)) {
                    ended = world.onHost(() -> opens(link));
                    assertThat(link.queues()).as("load " + load).hasSize(ended ? 1 : 0);
                }
                assertThat(told).as("what is told besides").isEmpty();
                awaitNothingLeft();
            }
            // Of frames, of open connections, of the allow-list, of the router, of the machine's port.
            assertThat(load).as("the first that nobody wants").isEqualTo(6);
        }
    }

    private boolean opens(NetworkLink link) throws IOException {
        try {
            link.open(1);
            return true;
        } catch (VmmException e) {
            String how = Files.readString(folder.resolve("how"));
            assertThat(e)
                    .hasMessageStartingWith("network lan: the network's rules are not in place: ")
                    .hasMessageContaining("/bin/nft -f ")
                    .hasMessageContaining(
                            how.equals("fails")
                                    ? "ended with status 1: stand-in: out of memory"
                                    : "was ended by SIGKILL");
            return false;
        }
    }

    @Test
    void areDoneWithoutWhereTheKernelCannotCountOpenConnections() throws Exception {
        fails(2, "lacks");
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        try (OutsideWorld world = new OutsideWorld(folder, List.of(), "");
                NetworkLink link = link("db", told)) {
            assertThat(world.onHost(() -> opens(link))).isTrue();
            for (int i = 0; i < 600 && told.isEmpty(); i++) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertThat(told).containsExactly("network lan: " + OpenConnections.UNBOUNDED);
        }
        awaitNothingLeft();
    }

    /** In the same process, which stays for whoever else is connecting. */
    @Test
    void areTriedAgainForTheNextMachine() throws Exception {
        fails(2, "killed");
        try (OutsideWorld world = new OutsideWorld(folder, List.of(), "");
                UnixSocket other = world.onHost(() -> start().connect(List.of()));
                NetworkLink first = link("db", new ArrayList<>());
                NetworkLink second = link("web", new ArrayList<>())) {
            assertThat(other.fd().number()).isPositive();
            assertThat(world.onHost(() -> opens(first))).isFalse();
            assertThat(world.onHost(() -> opens(second))).isTrue();
        }
        awaitNothingLeft();
    }
}
