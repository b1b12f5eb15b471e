package crosvm.runner.instance;

import crosvm.runner.readiness.Readiness;
import crosvm.runner.readiness.ReadinessMonitor;
import crosvm.schema.model.NetworkSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.PciFunctionPlan;
import crosvm.vmm.graph.ReadinessPlan;
import crosvm.vmm.hosting.WaitingDevices;
import crosvm.vmm.linux.Fd;
import crosvm.vmm.machine.ConsoleTargets;
import crosvm.vmm.machine.Credentials;
import crosvm.vmm.machine.Machine;
import crosvm.vmm.machine.MachineBuilder;
import crosvm.vmm.machine.MachineLimits;
import crosvm.vmm.machine.Shutdown;
import crosvm.vmm.module.NetworkPorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs of a real machine. {@link #once} belongs to one thread, {@link #stop(Shutdown)} to any. */
final class MachineRuns implements Supervisor.Runs {
    private final DeviceGraph graph;
    private final ConsoleTargets places;
    private final Path controlSocket;
    private final Credentials credentials;
    private final NetworkPorts networks;
    private final WaitingDevices devices;
    private final Consumer<Readiness> readiness;
    private @Nullable Shutdown stopped;
    private @Nullable Machine machine;
    private boolean limited;

    /**
     * @param devices processes that have been begun for the devices of the first run; closed by the caller
     * @param readiness gets how ready the guest is, on a thread of its own, while a run lasts
     */
    MachineRuns(
            DeviceGraph graph,
            ConsoleTargets places,
            Path controlSocket,
            Credentials credentials,
            NetworkPorts networks,
            WaitingDevices devices,
            Consumer<Readiness> readiness) {
        this.graph = graph;
        this.places = places;
        this.controlSocket = controlSocket;
        this.credentials = credentials;
        this.networks = networks;
        this.devices = devices;
        this.readiness = readiness;
    }

    @Override
    public Supervisor.End once(Runnable running) {
        if (!limited) { // Runs after the first are under the limits already.
            if (graph.limits() != null) {
                devices.close(); // They are not under the limits.
                connect();
                MachineLimits.enter(graph);
            }
            limited = true;
        }
        try (ReadinessMonitor monitor = monitor()) {
            return once(running, monitor);
        }
    }

    /** The process of a network is other machines', too: started under the limits of this one, it would end with it. */
    private void connect() {
        for (PciFunctionPlan function : graph.pci()) {
            if (function.spec() instanceof NetworkSpec card && card.network() != null) {
                networks.cable(card).queues().forEach(Fd::close);
            }
        }
    }

    private @Nullable ReadinessMonitor monitor() {
        ReadinessPlan plan = graph.readiness();
        return plan == null ? null : ReadinessMonitor.of(plan, graph.cid(), this::inGuest, readiness);
    }

    /** A run of this program that enters the guest. */
    private List<String> inGuest(List<String> words) {
        List<String> command = new ArrayList<>(List.of("exec", "--timeout", "30s", graph.name(), "--"));
        command.addAll(words);
        return Launcher.program(command);
    }

    private Supervisor.End once(Runnable running, @Nullable ReadinessMonitor monitor) {
        Credentials handed = credentials;
        ConsoleTargets targets = places;
        if (monitor != null) {
            for (Map.Entry<String, String> more : monitor.credentials().entrySet()) {
                handed = handed.and(more.getKey(), more.getValue());
            }
            targets = monitor.console() == null ? places : places.watchedBy(monitor.console());
        }
        Machine made = MachineBuilder.build(graph, targets, controlSocket, handed, networks, devices);
        Shutdown how;
        try (made) {
            hand(made);
            how = made.run(() -> {
                running.run();
                if (monitor != null) {
                    monitor.start(made::isSuspended);
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            how = Shutdown.of(Shutdown.Reason.STOPPED);
        } finally {
            forget();
        }
        return new Supervisor.End(how, made.isEndWanted()); // Asked last, when nobody can ask for it any more.
    }

    /** Has it stopped by {@link #stop}, which may have come before. */
    private synchronized void hand(Machine made) {
        machine = made;
        if (stopped != null) {
            made.stop(stopped);
        }
    }

    private synchronized void forget() {
        machine = null;
    }

    @Override
    public synchronized void stop(Shutdown how) {
        stopped = how;
        if (machine != null) {
            machine.stop(how);
        }
    }
}
