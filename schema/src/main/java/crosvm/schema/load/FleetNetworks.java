package crosvm.schema.load;

import crosvm.schema.bind.Binder;
import crosvm.schema.bind.Draft;
import crosvm.schema.bind.FieldRule;
import crosvm.schema.bind.TypeMismatch;
import crosvm.schema.check.FleetFileRule;
import crosvm.schema.model.FleetModel;
import crosvm.schema.model.FleetNetworkSpec;
import crosvm.schema.model.Ipv4Address;
import crosvm.schema.model.Ipv4Subnet;
import crosvm.schema.model.MachineForward;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.SpecModel;
import crosvm.schema.problem.DidYouMean;
import crosvm.schema.problem.Origin;
import crosvm.schema.problem.ProblemLog;
import crosvm.schema.yaml.Tree;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The networks between the machines of one fleet: read, and checked against each other and the machines. Used by one thread. */
final class FleetNetworks {
    private static final String NETWORKS = "networks";
    private static final int MAX_NAME = 20;

    private final ProblemLog log;
    private final Function<ProblemLog, Binder> binders;
    private final Map<String, Declared> declared = new LinkedHashMap<>();

    /** A network of the file. */
    private record Declared(ProblemLog log, Binder binder, Origin key, FleetNetworkSpec spec) {
        Origin origin(String path) {
            return Objects.requireNonNullElse(binder.origins().get(path), key);
        }

        void tell(FleetFileRule rule, String path, String message, String hint) {
            log.add(rule, origin(path), path, message, hint);
        }
    }

    /** @param binders makes what reads one network's fields, for its part of the log */
    FleetNetworks(ProblemLog log, Function<ProblemLog, Binder> binders) {
        this.log = log;
        this.binders = binders;
    }

    /** The networks by their names; null when they cannot be read. */
    @Nullable Map<String, FleetNetworkSpec> read(Tree.@Nullable Entry entry) {
        if (entry == null || entry.value() instanceof Tree.Scalar scalar && scalar.isNull()) {
            return Map.of();
        }
        if (!(entry.value() instanceof Tree.Mapping mapping)) {
            new TypeMismatch(log).noMapping(entry.value(), NETWORKS);
            return null;
        }
        if (mapping.entries().size() > FleetModel.MAX_NETWORKS) {
            log.add(
                    FieldRule.BAD_LENGTH,
                    entry.keyOrigin(),
                    NETWORKS,
                    "has " + mapping.entries().size() + " items, must have at most " + FleetModel.MAX_NETWORKS);
            return null;
        }
        boolean sound = true;
        for (Tree.Entry network : mapping.entries()) {
            sound &= declare(network);
        }
        Map<String, FleetNetworkSpec> specs = new LinkedHashMap<>();
        declared.forEach((name, one) -> specs.put(name, one.spec()));
        return sound ? specs : null;
    }

    /** Where the fields come from by their path, {@code lan.subnet}; after {@link #read}. */
    Map<String, Origin> origins() {
        Map<String, Origin> origins = new LinkedHashMap<>();
        declared.forEach((name, one) ->
                one.binder().origins().forEach((path, origin) -> origins.put(name + "." + path, origin)));
        return origins;
    }

    private boolean declare(Tree.Entry entry) {
        ProblemLog own = log.within(NETWORKS + "." + entry.key());
        Tree tree = entry.value();
        if (tree instanceof Tree.Scalar scalar && scalar.isNull()) { // With everything that is worked out.
            tree = new Tree.Mapping(List.of(), entry.keyOrigin());
        }
        Binder binder = binders.apply(own);
        FleetNetworkSpec spec = (FleetNetworkSpec) binder.bindPart(SpecModel.network(), SpecModel.network(), tree);
        declared.put(entry.key(), new Declared(own, binder, entry.keyOrigin(), spec));
        if (!entry.key().matches(NetworkSpec.NETWORK_NAME) || entry.key().length() > MAX_NAME) {
            own.add(
                    FleetFileRule.MACHINE_NAME,
                    entry.keyOrigin(),
                    "",
                    "the name must begin with a letter and go on with letters, digits, _ or -, at most " + MAX_NAME
                            + " characters");
            return false;
        }
        return binder.unsound().isEmpty();
    }

    /** Tells what is wrong with the networks, and with the machines on them. */
    void check(Fleet fleet, Map<Fleet.Machine, Draft> drafts) {
        Map<Integer, String> ports = new HashMap<>();
        declared.forEach((name, one) -> {
            boolean readable = one.spec().bridge() == null ? subnet(fleet, name, one) : bridge(one);
            Set<String> machines = machines(fleet, name, one, drafts, readable);
            forwards(name, one, machines, ports);
            Ipv4Subnet subnet = one.spec().subnet(fleet.name(), name);
            AllowList.check(
                    one.spec().internet(),
                    one.spec(),
                    subnet,
                    (at, what) -> one.tell(FleetFileRule.NETWORK_ALLOW, at, what, ""));
            drafts.values().forEach(draft -> AllowList.check(draft, name, one.spec(), subnet));
        });
        drafts.forEach((machine, draft) -> unknown(draft));
    }

    private static boolean bridge(Declared one) {
        FleetNetworkSpec spec = one.spec();
        String beside = spec.subnet() != null
                ? "subnet"
                : spec.ipv6()
                        ? "ipv6"
                        : spec.internet() != null ? "internet" : spec.forward().isEmpty() ? "" : "forward";
        if (!beside.isEmpty()) {
            one.tell(
                    FleetFileRule.NETWORK_SUBNET,
                    beside,
                    "stands beside bridge",
                    "the host's bridge has its own addresses and ways out: remove " + beside + " or bridge");
        }
        return false;
    }

    private boolean subnet(Fleet fleet, String name, Declared one) {
        try {
            if (one.spec().subnet() != null) {
                Ipv4Subnet.parse(one.spec().subnet());
            }
        } catch (IllegalArgumentException e) {
            one.tell(FleetFileRule.NETWORK_SUBNET, "subnet", String.valueOf(e.getMessage()), "");
            return false;
        }
        Ipv4Subnet own = one.spec().subnet(fleet.name(), name);
        if (!own.gateway().isUnicast()) {
            one.tell(FleetFileRule.NETWORK_SUBNET, "subnet", own + " is loopback, multicast or reserved", "");
            return false;
        }
        for (Map.Entry<String, Declared> other : declared.entrySet()) {
            if (other.getKey().equals(name)) {
                break;
            }
            if (other.getValue().spec().bridge() == null
                    && other.getValue()
                            .spec()
                            .subnet(fleet.name(), other.getKey())
                            .overlaps(own)) {
                one.tell(
                        FleetFileRule.NETWORK_SUBNET,
                        "subnet",
                        own + " overlaps the subnet of networks." + other.getKey(),
                        "give each network its own");
            }
        }
        return true;
    }

    /** The names of all machines on the network. */
    private static Set<String> machines(
            Fleet fleet, String name, Declared one, Map<Fleet.Machine, Draft> drafts, boolean readable) {
        Ipv4Subnet subnet = one.spec().subnet(fleet.name(), name);
        Set<String> machines = new HashSet<>();
        Map<Ipv4Address, String> taken = new HashMap<>();
        int count = 0;
        for (Map.Entry<Fleet.Machine, Draft> entry : drafts.entrySet()) {
            Draft draft = entry.getValue();
            List<NetworkSpec> cards = draft.spec().networks();
            for (int i = 0; i < cards.size(); i++) {
                if (name.equals(cards.get(i).network())) {
                    count++;
                    Ipv4Address given = cards.get(i).address();
                    boolean first = machines.add(entry.getKey().shortName());
                    String path = "networks[" + i + "]";
                    if (!first) {
                        draft.problem(
                                FleetFileRule.NETWORK_ADDRESS,
                                path + ".network",
                                "the machine is on the network " + name + " already",
                                "one card for each network");
                    } else if (readable && given != null) {
                        address(draft, path + ".address", entry.getKey(), given, subnet, taken);
                    } else if (!readable && given != null && one.spec().bridge() != null) {
                        draft.problem(
                                FleetFileRule.NETWORK_ADDRESS,
                                path + ".address",
                                "cannot be given on the host's bridge "
                                        + one.spec().bridge(),
                                "remove it, and let the bridge's own DHCP server know");
                    }
                }
            }
        }
        if (readable && count > subnet.room()) {
            one.tell(
                    FleetFileRule.NETWORK_SUBNET,
                    "subnet",
                    subnet + " has room for " + subnet.room() + " machines, and " + count + " are on it",
                    "give it a shorter prefix");
        }
        return machines;
    }

    private static void address(
            Draft draft,
            String path,
            Fleet.Machine machine,
            Ipv4Address address,
            Ipv4Subnet subnet,
            Map<Ipv4Address, String> taken) {
        String other = taken.putIfAbsent(address, machine.shortName());
        String what = other != null
                ? "is that of " + other + " already"
                : address.equals(subnet.gateway())
                        ? "is the gateway's"
                        : !subnet.contains(address)
                                ? "is not in the network's subnet " + subnet
                                : subnet.indexOf(address) < 0 ? "is the network's own or its broadcast address" : "";
        if (!what.isEmpty()) {
            draft.problem(
                    FleetFileRule.NETWORK_ADDRESS,
                    path,
                    address + " " + what,
                    other != null && machine.replica() > 0
                            ? "leave it out, or write ${CROSVM_REPLICA} into it"
                            : "for example " + free(subnet, taken));
        }
    }

    /** An address that no machine has that was looked at until now. */
    private static Ipv4Address free(Ipv4Subnet subnet, Map<Ipv4Address, String> taken) {
        Ipv4Address address = subnet.machine(8 % subnet.room());
        for (int i = 9; i < 8 + subnet.room() && taken.containsKey(address); i++) {
            address = subnet.machine(i % subnet.room());
        }
        return address;
    }

    private static void forwards(String name, Declared one, Set<String> machines, Map<Integer, String> ports) {
        for (int i = 0; i < one.spec().forward().size(); i++) {
            String path = "forward[" + i + "]";
            MachineForward forward;
            try {
                forward = MachineForward.parse(one.spec().forward().get(i));
            } catch (IllegalArgumentException e) {
                one.tell(FleetFileRule.NETWORK_FORWARD, path, String.valueOf(e.getMessage()), "");
                continue;
            }
            String before = ports.putIfAbsent(forward.host(), NETWORKS + "." + name + "." + path);
            if (before != null) {
                one.tell(
                        FleetFileRule.NETWORK_FORWARD,
                        path,
                        "port " + forward.host() + " is forwarded already by " + before,
                        "");
            }
            if (!machines.contains(forward.machine())) {
                one.tell(
                        FleetFileRule.NETWORK_FORWARD,
                        path,
                        "there is no machine \"" + forward.machine() + "\" on the network",
                        DidYouMean.hint(forward.machine(), machines));
            }
        }
    }

    private void unknown(Draft draft) {
        List<NetworkSpec> cards = draft.spec().networks();
        for (int i = 0; i < cards.size(); i++) {
            String network = cards.get(i).network();
            if (network != null && !declared.containsKey(network)) {
                draft.problem(
                        FleetFileRule.UNKNOWN_NETWORK,
                        "networks[" + i + "].network",
                        "there is no network \"" + network + "\" in the file",
                        declared.isEmpty()
                                ? "write networks: {" + network + ": {}} at the top of the file"
                                : DidYouMean.hint(network, declared.keySet()));
            }
        }
    }

    /** Tells of networks of several machines that a file of one names. */
    static void refuse(Draft draft) {
        List<NetworkSpec> cards = draft.spec().networks();
        for (int i = 0; i < cards.size(); i++) {
            if (cards.get(i).network() != null) {
                draft.problem(
                        FleetFileRule.UNKNOWN_NETWORK,
                        "networks[" + i + "].network",
                        "is for the machines of a file of several",
                        "here write user: true, tap, or hostIp and netmask");
            }
        }
    }
}
