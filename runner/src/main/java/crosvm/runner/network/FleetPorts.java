package crosvm.runner.network;

import crosvm.runner.report.FailedException;
import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.VmmException;
import crosvm.vmm.linux.ErrnoException;
import crosvm.vmm.linux.Tap;
import crosvm.vmm.metrics.NetworkRefusals;
import crosvm.vmm.module.NetworkPorts;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The networks that one machine is on, joined when its cards first ask, and left when this is closed: a guest that is started again
 * has the same taps. Used by one thread.
 */
public final class FleetPorts implements NetworkPorts, AutoCloseable {
    private final Map<String, NetworkPlan> plans;
    private final String host;
    private final Path base;
    private final Map<String, String> environment;
    private final Consumer<String> tell;
    private final Consumer<String> refused;
    private final Map<String, NetworkLink> links = new ConcurrentSkipListMap<>();

    /**
     * Joins nothing yet.
     *
     * @param plans by the networks' names
     * @param host the machine's name in the file
     * @param base a folder of this user's alone
     * @param environment says where programs are
     * @param tell gets what the machine's user should know
     * @param refused gets what the machine was refused outside, for its log
     */
    public FleetPorts(
            Map<String, NetworkPlan> plans,
            String host,
            Path base,
            Map<String, String> environment,
            Consumer<String> tell,
            Consumer<String> refused) {
        this.plans = Map.copyOf(plans);
        this.host = host;
        this.base = base;
        this.environment = Map.copyOf(environment);
        this.tell = tell;
        this.refused = refused;
    }

    @Override
    public Cable cable(NetworkSpec card) {
        String name = Objects.requireNonNull(card.network(), "a card on a network");
        NetworkPlan plan = plans.get(name);
        if (plan == null) {
            return NetworkPorts.NONE.cable(card);
        }
        if (plan.bridge() != null) {
            return onBridge(plan.bridge(), card, environment);
        }
        NetworkLink link = links.get(name);
        if (link == null) {
            HostRoutes.requireFree(plan);
            link = new NetworkLink(plan, host, new NetworkStart(base, plan, environment), tell, refused);
            link.open(card.queues());
            links.put(name, link);
        }
        return new Cable(link.queues(), link.mtu());
    }

    private static Cable onBridge(String bridge, NetworkSpec card, Map<String, String> environment) {
        Tap tap;
        try {
            tap = Tap.create(card.queues());
        } catch (ErrnoException e) {
            throw new VmmException(
                    "network " + card.network() + ": the host's bridge " + bridge
                            + " needs CAP_NET_ADMIN, which this process does not have. Run it as root, or leave out bridge",
                    e);
        }
        try {
            NetworkTools tools = NetworkTools.of(environment.getOrDefault("PATH", ""));
            HostBridge.connect(tools, bridge, tap.name());
            return new Cable(tap.queues(), tap.mtu());
        } catch (FailedException | VmmException e) {
            tap.close();
            throw new VmmException("network " + card.network() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<NetworkRefusals> refusals() {
        return links.values().stream()
                .flatMap(link -> Stream.ofNullable(link.refusals()))
                .toList();
    }

    @Override
    public void close() {
        List.copyOf(links.values()).forEach(NetworkLink::close);
        links.clear();
    }
}
