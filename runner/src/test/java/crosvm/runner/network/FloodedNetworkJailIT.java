package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.vmm.linux.Tap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A machine that sends frames as fast as it can, beside others on its network. For root. */
class FloodedNetworkJailIT extends WithTestedNetwork {
    /** So many show that it is a flood. */
    private static final int MANY = 200_000;

    private static final long MEBIBYTE = 1 << 20;

    private static boolean has(PeerMachine machine, String prefix) {
        return machine.received().stream().anyMatch(frame -> frame.startsWith(prefix, Tap.HEADER));
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    @Test
    void doesNotKeepOthersFromTheirAddressesNamesAndNeighboursAndFillsNeitherLogsNorTables() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        NetworkPlan.Host own = Objects.requireNonNull(plan.host("web-1"));
        AtomicBoolean goesOn = new AtomicBoolean(true);
        AtomicLong sent = new AtomicLong();
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            ProcessHandle nameServer = network.nameServer();
            Thread flood = new Thread(
                    () -> web.flood(FloodFrame.all(plan, own), () -> sent.addAndGet(7) > 0 && goesOn.get()), "flood");
            flood.start();
            try (PeerMachine late = network.machine(plan, "web-2")) {
                network.await("it is a flood", () -> sent.get() > MANY);
                for (PeerMachine machine : List.of(db, late)) {
                    network.await("has its address", () -> dhcp(machine).endsWith("status 0"));
                }
                network.await(
                        "names resolve",
                        () -> db.shell("busybox nslookup -type=a web-2.shop 10.77.3.1")
                                .contains("10.77.3.22"));
                network.await(
                        "neighbours reach each other",
                        () -> late.shell("busybox ping -c 3 -W 10 10.77.3.10").endsWith("status 0"));
            } finally {
                goesOn.set(false);
                flood.join();
            }
            assertThat(has(db, FloodFrame.NOBODY)).as("frames for nobody").isFalse();
            assertThat(number(db.inNetwork(List.of("/bin/cat", "/proc/sys/net/netfilter/nf_conntrack_count"))))
                    .as("connections that the network's router keeps in mind")
                    .isLessThan(50_000);
            Path seen = Path.of("/proc", String.valueOf(nameServer.pid()), "root");
            Path log = seen.resolve(
                    folder.resolve("base/private/dnsmasq.log").toString().substring(1));
            assertThat(Files.size(log)).isLessThan(MEBIBYTE);
            assertThat(nameServer.isAlive()).isTrue();
            assertThat(network.told()).isEmpty();
        }
        network.awaitNothingLeft();
    }

    @Test
    void cannotDeclineTheAddressOfAnotherMachine() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        FloodFrame decline = FloodFrame.decline(plan, host(plan, "web-1"), host(plan, "db"));
        AtomicLong rounds = new AtomicLong(3);
        keepsItsAddress(plan, web -> web.flood(List.of(decline), () -> rounds.getAndDecrement() > 0));
    }

    @Test
    void cannotDeclineItInFragmentsEither() throws Exception {
        NetworkPlan plan = TestedNetwork.plan(false, List.of());
        List<byte[]> fragments = FloodFrame.declineInFragments(plan, host(plan, "web-1"), host(plan, "db"));
        keepsItsAddress(plan, web -> fragments.forEach(web::send));
    }

    private static NetworkPlan.Host host(NetworkPlan plan, String name) {
        return Objects.requireNonNull(plan.host(name));
    }

    private void keepsItsAddress(NetworkPlan plan, Consumer<PeerMachine> attack) throws Exception {
        try (PeerMachine db = network.machine(plan, "db");
                PeerMachine web = network.machine(plan, "web-1")) {
            assertThat(web.dhcp()).endsWith("status 0");
            attack.accept(web);
            assertThat(web.dhcp()).as("dnsmasq has read what came before").endsWith("status 0");
            assertThat(db.dhcp()).contains("bound 10.77.3.10/24").endsWith("status 0");
        }
    }

    private static String dhcp(PeerMachine machine) {
        try {
            return machine.dhcp();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
