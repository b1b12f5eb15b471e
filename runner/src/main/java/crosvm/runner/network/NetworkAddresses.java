package crosvm.runner.network;

import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The plans of a file's networks. A machine without a fixed address gets one by its name, so that it keeps it when others are added
 * to the file; only where two names meet, the file's order decides.
 */
public final class NetworkAddresses {
    private NetworkAddresses() {}

    /** A card of a machine on a network. */
    private record Card(Fleet.Machine machine, NetworkSpec spec) {}

    /** The plans by the networks' names; of a sound file. */
    public static Map<String, NetworkPlan> plans(LoadedSpec loaded) {
        Fleet fleet = loaded.fleet();
        Map<String, NetworkPlan> plans = new LinkedHashMap<>();
        if (fleet == null) {
            return plans;
        }
        fleet.networks().forEach((name, spec) -> {
            List<NetworkPlan.Host> hosts = hosts(cards(loaded, name), spec, fleet.name(), name);
            plans.put(name, NetworkPlan.of(fleet.name(), name, spec, hosts));
        });
        return plans;
    }

    /**
     * What a machine has of the networks that it is on, by the paths of their fields in the file: it must be started again when one of
     * these changes. Which other machines there are is not among them, as the network follows that by itself.
     *
     * @param plans by the networks' names
     */
    public static Map<String, String> fields(VmSpec machine, Map<String, NetworkPlan> plans) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (NetworkSpec card : machine.networks()) {
            NetworkPlan plan = card.network() == null ? null : plans.get(card.network());
            if (plan != null) {
                plan.fields().forEach((name, value) -> fields.put("networks." + plan.network() + "." + name, value));
            }
        }
        return fields;
    }

    private static List<Card> cards(LoadedSpec loaded, String network) {
        List<Card> cards = new ArrayList<>();
        for (LoadedSpec.Loaded one : loaded.machines()) {
            VmSpec spec = one.result().orThrow();
            Fleet.Machine machine = Objects.requireNonNull(one.machine());
            spec.networks().stream()
                    .filter(card -> network.equals(card.network()))
                    .forEach(card -> cards.add(new Card(machine, card)));
        }
        return cards;
    }

    private static List<NetworkPlan.Host> hosts(List<Card> cards, FleetNetworkSpec spec, String fleet, String name) {
        Ipv4Subnet subnet = spec.subnet(fleet, name);
        Set<Integer> taken = new HashSet<>();
        for (Card card : cards) {
            Ipv4Address fixed = card.spec().address();
            if (fixed != null) {
                taken.add(subnet.indexOf(fixed));
            }
        }
        List<NetworkPlan.Host> hosts = new ArrayList<>();
        for (Card card : cards) {
            Ipv4Address address = address(card.spec().address(), card.machine().shortName(), subnet, taken);
            hosts.add(new NetworkPlan.Host(
                    card.machine().shortName(),
                    card.machine().key(),
                    card.spec().mac(),
                    address,
                    Reach.of(card.spec().internet())));
        }
        return hosts;
    }

    private static Ipv4Address address(
            @Nullable Ipv4Address fixed, String machine, Ipv4Subnet subnet, Set<Integer> taken) {
        if (fixed != null) {
            return fixed;
        }
        int index = Math.floorMod(machine.hashCode() * 31, subnet.room());
        while (!taken.add(index)) {
            index = (index + 1) % subnet.room();
        }
        return subnet.machine(index);
    }
}
