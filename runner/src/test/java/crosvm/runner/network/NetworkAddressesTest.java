package crosvm.runner.network;

import static org.assertj.core.api.Assertions.assertThat;

import crosvm.schema.bind.SpecOverrides;
import crosvm.schema.json.Json;
import crosvm.schema.load.SpecLoader;
import crosvm.schema.model.Ipv4Subnet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which address each machine of a file has. */
class NetworkAddressesTest {
    private static NetworkPlan plan(String network, String machines) {
        String text =
                "name: shop\ndefaults: {kernel: {builtin: hello}, networks: [{id: lan, network: lan}]}\nnetworks: {lan: "
                        + network + "}\nmachines: {" + machines + "}\n";
        return Objects.requireNonNull(NetworkAddresses.plans(SpecLoader.withEnvironment(Map.of())
                        .loadAll(
                                "vm.yaml",
                                text.getBytes(StandardCharsets.UTF_8),
                                Path.of("/srv"),
                                SpecOverrides.none()))
                .get("lan"));
    }

    private static Map<String, String> addresses(NetworkPlan plan) {
        Map<String, String> addresses = new LinkedHashMap<>();
        plan.hosts().forEach(host -> addresses.put(host.name(), host.address().toString()));
        return addresses;
    }

    @Test
    void givesEveryMachineOneOfItsOwnAndKeepsItWhenOthersCome() {
        Map<String, String> few = addresses(plan("{subnet: 10.1.0.0/24}", "web: {replicas: 3}, db: {}"));
        Map<String, String> more = addresses(plan("{subnet: 10.1.0.0/24}", "mail: {}, web: {replicas: 3}, db: {}"));
        assertThat(few.keySet()).containsExactlyInAnyOrder("web-1", "web-2", "web-3", "db");
        assertThat(more).containsAllEntriesOf(few);
    }

    @Test
    void fillsASubnetToItsLastAddressRoundAFixedOne() {
        Map<String, String> addresses = addresses(
                plan("{subnet: 10.1.0.0/29}", "a: {replicas: 4}, b: {networks: [{id: lan, address: 10.1.0.4}]}"));
        assertThat(addresses.get("b")).isEqualTo("10.1.0.4");
        assertThat(new HashSet<>(addresses.values()))
                .containsExactlyInAnyOrder("10.1.0.2", "10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6");
    }

    @Test
    void isTheSameBehindASocket() throws Json.Malformed {
        NetworkPlan plan = plan("{internet: true, ipv6: true, forward: [\"8080:web:80\"]}", "web: {}");
        assertThat(NetworkPlan.fromMap(Json.readObject(plan.toString()))).isEqualTo(plan);
        assertThat(plan.subnet()).isEqualTo(Ipv4Subnet.derived("shop", "lan"));
        assertThat(plan.subnet().toString()).matches("10\\.(19[2-9]|2[01]\\d|22[0-3])\\.\\d+\\.0/24");
    }
}
