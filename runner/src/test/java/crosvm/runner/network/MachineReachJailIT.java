package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.jail.JailedProcess;
import crosvm.vmm.metrics.NetworkRefusals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each machine of a network reaches outside, through the network's own process and pasta. For root. */
class MachineReachJailIT {
    private static final List<String> WEB = List.of("93.184.216.10:80", "93.184.216.20:80", "93.184.216.21:80");
    private static final String NAMES = """
            host-record=good.test,93.184.216.10
            host-record=other.test,93.184.216.20
            host-record=www.wild.test,93.184.216.21
            """;

    @TempDir
    private Path folder;

    private final Map<String, List<String>> told = new HashMap<>();

    @BeforeEach
    void needsRoot() {
        assumeTrue(JailedProcess.isRoot(), "only root makes a network namespace without a user namespace");
    }

    private static Reach only(String... targets) {
        return new Reach(true, Stream.of(targets).map(EgressTarget::parse).toList());
    }

    private static NetworkPlan.Host host(int number, String name, @Nullable Reach own) {
        return new NetworkPlan.Host(
                name,
                name,
                MacAddress.parse("52:54:00:00:00:0" + number),
                Ipv4Address.parse("10.77.3.1" + number),
                own);
    }

    private static NetworkPlan plan() {
        return new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                true,
                only("good.test:80"),
                null,
                List.of(),
                List.of(
                        host(1, "db", null),
                        host(2, "web", only("*.wild.test")),
                        host(3, "shut", new Reach(false, null)),
                        host(4, "open", new Reach(true, null))));
    }

    private PeerMachine machine(OutsideWorld world, NetworkPlan plan, String name) throws IOException {
        List<String> log = told.computeIfAbsent(name, key -> Collections.synchronizedList(new ArrayList<>()));
        Path base = Files.createDirectories(folder.resolve("base"));
        PeerMachine machine = world.onHost(() -> new PeerMachine(plan, name, base, folder.resolve(name), log));
        await(name + " has its address", () -> {
            try {
                return machine.dhcp().endsWith("status 0");
            } catch (IOException e) {
                return false;
            }
        });
        return machine;
    }

    private void await(String what, BooleanSupplier condition) {
        boolean is = condition.getAsBoolean();
        for (int i = 0; i < 1200 && !is; i++) {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            is = condition.getAsBoolean();
        }
        assertThat(is).as(what + "; told: " + told).isTrue();
    }

    /** What the machine's name server says, at an address and a port of it. */
    private static String resolve(PeerMachine machine, String name, String server, int port) {
        return machine.shell("busybox nslookup -type=a -port=" + port + " " + name + " " + server);
    }

    private static String resolve(PeerMachine machine, String name) {
        return resolve(machine, name, "10.77.3.1", 53);
    }

    private static boolean reaches(PeerMachine machine, String address, int seconds) {
        return machine.shell("timeout " + seconds + " busybox wget -q -O - http://" + address + "/")
                .contains("it\nstatus 0");
    }

    /** Of what is dropped there is no answer, however long one waits. */
    private static boolean isRefused(PeerMachine machine, String address) {
        return !reaches(machine, address, 1);
    }

    @Test
    void isItsOwnWhateverAnotherMachineMayAndHasAskedFor() throws Exception {
        NetworkPlan plan = plan();
        try (OutsideWorld world = new OutsideWorld(folder, WEB, NAMES);
                PeerMachine db = machine(world, plan, "db");
                PeerMachine web = machine(world, plan, "web");
                PeerMachine shut = machine(world, plan, "shut");
                PeerMachine open = machine(world, plan, "open")) {
            await("the world answers", () -> resolve(open, "good.test").contains("93.184.216.10"));
            assertThat(resolve(db, "good.test")).contains("93.184.216.10");
            assertThat(resolve(web, "www.wild.test")).contains("93.184.216.21");
            for (PeerMachine machine : List.of(db, shut)) {
                assertThat(resolve(machine, "www.wild.test"))
                        .contains("REFUSED")
                        .doesNotContain("93.184.");
            }
            for (PeerMachine machine : List.of(web, shut)) {
                assertThat(resolve(machine, "good.test")).contains("REFUSED").doesNotContain("93.184.");
            }
            for (PeerMachine machine : List.of(db, web, shut, open)) {
                assertThat(resolve(machine, "web.shop")).contains("10.77.3.12");
            }

            assertThat(reaches(db, "93.184.216.10", 60)).isTrue();
            assertThat(reaches(web, "93.184.216.21", 60)).isTrue();
            assertThat(reaches(open, "93.184.216.20", 60)).isTrue();
            assertThat(isRefused(db, "93.184.216.21")).isTrue();
            assertThat(isRefused(web, "93.184.216.10")).isTrue();
            assertThat(isRefused(shut, "93.184.216.10")).isTrue();

            String gateway6 = Ipv6Addresses.prefix(plan) + "::1";
            await(
                    "it is asked over IPv6",
                    () -> resolve(web, "www.wild.test", gateway6, 53).contains("93.184.216.21"));
            assertThat(resolve(web, "good.test", gateway6, 53)).contains("REFUSED");
            for (int number = 0; number < 4; number++) {
                int port = NameServer.port(number);
                String said = web.shell("timeout 2 busybox nslookup -type=a -port=" + port + " good.test 10.77.3.1");
                assertThat(said).as("port " + port).doesNotContain("93.184.");
            }
            await(
                    "each is told its own",
                    () -> told("db", "lan refused: tcp port 80 of www.wild.test (93.184.216.21)")
                            && told("web", "lan refused: tcp port 80 of good.test (93.184.216.10)")
                            && told("web", "lan refused: name good.test")
                            && told("shut", "lan refused: name good.test"));
            assertThat(told.get("open")).isEmpty();
            await("each has its own counted", () -> isCounted(db) && isCounted(web) && isCounted(shut));
            assertThat(open.refusals()).as("of one that is refused nothing").isNull();
        }
    }

    @Test
    void mayBeAsManyNamesAndAsLongOnesAsAFileMayHave() throws Exception {
        List<EgressTarget> many = new ArrayList<>();
        String below = ("." + "a".repeat(58)).repeat(4) + ".test"; // 253 characters are the most that a name has.
        for (int i = 0; i < 4095; i++) {
            many.add(EgressTarget.parse((i % 2 == 0 ? "*." : "") + "n" + i + below + ":" + (1 + i % 2)));
        }
        List<EgressTarget> others = new ArrayList<>(many);
        many.add(EgressTarget.parse("good.test:80"));
        NetworkPlan plan = new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                true,
                new Reach(true, many),
                null,
                List.of(),
                List.of(host(1, "db", null), host(2, "web", new Reach(true, others))));
        try (OutsideWorld world = new OutsideWorld(folder, WEB, NAMES);
                PeerMachine db = machine(world, plan, "db")) {
            await("the world answers", () -> resolve(db, "good.test").contains("93.184.216.10"));
            assertThat(reaches(db, "93.184.216.10", 60)).isTrue();
            assertThat(isRefused(db, "93.184.216.21")).isTrue();
            try (PeerMachine web = machine(world, plan, "web")) {
                assertThat(resolve(web, "good.test")).contains("REFUSED");
                assertThat(isRefused(web, "93.184.216.10")).isTrue();
            }
        }
    }

    private static boolean isCounted(PeerMachine machine) {
        NetworkRefusals refusals = machine.refusals();
        return refusals != null && refusals.packets() > 0 && refusals.names() > 0;
    }

    private boolean told(String machine, String start) {
        List<String> log = told.getOrDefault(machine, List.of());
        synchronized (log) {
            return log.stream().anyMatch(line -> line.startsWith(start));
        }
    }
}
