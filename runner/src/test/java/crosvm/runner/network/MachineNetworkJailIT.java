package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MacAddress;
import crosvm.schema.model.MachineForward;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network between machines as they find it, with namespaces in their place. For root. */
class MachineNetworkJailIT {
    @TempDir
    private Path folder;

    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    private static NetworkPlan plan(boolean internet, List<MachineForward> forward) {
        return new NetworkPlan(
                "shop",
                "lan",
                Ipv4Subnet.parse("10.77.3.0/24"),
                true,
                internet,
                null,
                forward,
                List.of(
                        new NetworkPlan.Host(
                                "db", "db", MacAddress.parse("52:54:00:00:00:01"), Ipv4Address.parse("10.77.3.10")),
                        new NetworkPlan.Host(
                                "web-1", "web", MacAddress.parse("52:54:00:00:00:02"), Ipv4Address.parse("10.77.3.21")),
                        new NetworkPlan.Host(
                                "web-2",
                                "web",
                                MacAddress.parse("52:54:00:00:00:03"),
                                Ipv4Address.parse("10.77.3.22"))));
    }

    private PeerMachine machine(NetworkPlan plan, String name) throws Exception {
        return new PeerMachine(plan, name, Files.createDirectories(folder.resolve("base")), folder.resolve(name), told);
    }

    @Test
    void givesMachinesTheirAddressesAndNamesAndCarriesTheirPackets() throws Exception {
        NetworkPlan plan = plan(false, List.of());
        try (PeerMachine db = machine(plan, "db");
                PeerMachine web = machine(plan, "web-1")) {
            assertThat(db.dhcp())
                    .contains("bound 10.77.3.10/24 router  dns 10.77.3.1 domain shop")
                    .endsWith("status 0");
            assertThat(web.dhcp()).contains("bound 10.77.3.21/24").endsWith("status 0");
            assertThat(web.shell("busybox nslookup db 10.77.3.1; busybox nslookup -type=a db.shop 10.77.3.1"))
                    .contains("10.77.3.10");
            assertThat(web.shell("busybox nslookup web.shop 10.77.3.1")).contains("10.77.3.21", "10.77.3.22");
            assertThat(web.shell("busybox ping -c 3 -W 5 10.77.3.10")).endsWith("status 0");
            assertThat(db.shell("busybox ping -c 3 -W 5 10.77.3.21")).endsWith("status 0");
            assertThat(told).isEmpty();
        }
    }
}
