package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.EgressTarget;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.vmm.linux.ChildProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network's allow-list in its namespace, with another namespace in a machine's place. For root. */
class EgressJailIT {
    @TempDir
    private Path folder;

    private record Heard(BlockingQueue<String> told, AtomicLong packets) implements EgressListener {
        @Override
        public void refused(String address, String text) {
            told.add(address + " " + text);
        }

        @Override
        public void counted(String address, long more, long names) {
            packets.addAndGet(more);
        }
    }

    private static NetworkPlan plan(@Nullable List<String> allow) {
        return new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                false,
                new Reach(
                        true,
                        allow == null
                                ? null
                                : allow.stream().map(EgressTarget::parse).toList()),
                null,
                List.of(),
                List.of(new NetworkPlan.Host(
                        "db", "db", MacAddress.parse("52:54:00:00:00:01"), Ipv4Address.parse("10.77.3.10"))));
    }

    private NetworkRoom room(String name) throws Exception {
        return new NetworkRoom(Files.createDirectories(folder.resolve(name)), NetworkTools.of(""), null);
    }

    /** A process that is in the room's namespace, by which it can be named. */
    private static ChildProcess resident(NetworkRoom room) {
        return room.start(List.of("/bin/sleep", "300"), room.folder().resolve("resident.log"));
    }

    @Test
    void tellsWhoWasRefusedWhatAndFollowsTheFile() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        AtomicLong packets = new AtomicLong();
        NetworkRoom router = room("router");
        NetworkRoom guest = room("guest");
        String ip = router.tools().ip();
        try (ChildProcess resident = resident(guest)) {
            router.run(ip, "link", "set", "lo", "up");
            router.run(ip, "link", "add", RouteRules.BRIDGE, "type", "veth", "peer", "name", "eth0");
            router.run(ip, "link", "set", "eth0", "netns", String.valueOf(resident.pid()));
            router.run(ip, "address", "add", "10.77.3.1/24", "dev", RouteRules.BRIDGE);
            router.run(ip, "link", "set", RouteRules.BRIDGE, "up");
            router.run(ip, "link", "add", RouteRules.OUTSIDE, "type", "bridge");
            router.run(ip, "address", "add", "93.184.216.1/24", "dev", RouteRules.OUTSIDE);
            router.run(ip, "link", "set", RouteRules.OUTSIDE, "up");
            router.set("ipv4/ip_forward", "1");
            guest.run(ip, "address", "add", "10.77.3.10/24", "dev", "eth0");
            guest.run(ip, "link", "set", "eth0", "up");
            guest.run(ip, "route", "add", "default", "via", "10.77.3.1");
            Egress egress = new Egress(router, new Heard(told, packets));
            egress.follow(plan(List.of("93.184.216.0/24:443", "example.org")));
            assertThat(table(router)).contains("ip daddr 93.184.216.0/24 th dport 443 accept", "set names0-4-0-a");
            ask(guest, 80);
            assertThat(told.poll(60, TimeUnit.SECONDS))
                    .startsWith("10.77.3.10 refused: tcp port 80 of (93.184.216.20)");
            egress.follow(plan(List.of("93.184.216.0/24:80")));
            assertThat(table(router)).contains("th dport 80 accept").doesNotContain("dport 443", "names0");
            ask(guest, 443);
            assertThat(told.poll(60, TimeUnit.SECONDS))
                    .startsWith("10.77.3.10 refused: tcp port 443 of (93.184.216.20)");
            for (int i = 0; i < 600 && packets.get() < 2; i++) {
                TimeUnit.MILLISECONDS.sleep(100); // They are counted once they have been told of.
            }
            assertThat(packets.get()).as("packets that were counted").isGreaterThanOrEqualTo(2);
            egress.follow(plan(null));
            assertThat(router.call(() -> Files.exists(router.folder()))).isTrue();
            assertThat(tables(router)).doesNotContain("crosvm_allow");
        }
    }

    /** Nobody is there; what matters is that the packet leaves the guest. */
    private static void ask(NetworkRoom guest, int port) {
        guest.run("/bin/sh", "-c", "busybox nc -w 1 93.184.216.20 " + port + " </dev/null; true");
    }

    private static String table(NetworkRoom room) throws Exception {
        return said(room, "list table " + Egress.TABLE);
    }

    private static String tables(NetworkRoom room) throws Exception {
        return said(room, "list tables");
    }

    private static String said(NetworkRoom room, String words) throws Exception {
        Path file = room.folder().resolve("said");
        room.run("/bin/sh", "-c", room.tools().nft() + " " + words + " >" + file);
        return Files.readString(file);
    }
}
