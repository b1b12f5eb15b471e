package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.MachineEnd;
import crosvm.runner.instance.ProcessKey;
import crosvm.runner.instance.ReadyWait;
import crosvm.runner.instance.StartOrigin;
import crosvm.runner.instance.StateFolder;
import crosvm.runner.instance.StateFolders;
import crosvm.runner.network.NetworkAddresses;
import crosvm.runner.network.NetworkPlan;
import crosvm.runner.report.ExitStatus;
import crosvm.runner.report.FailedException;
import crosvm.schema.load.Fleet;
import crosvm.schema.load.LoadedSpec.Loaded;
import crosvm.schema.model.Dependency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Starts machines of one fleet, each once those that it depends on are as far as it wants them. When one cannot be, what was started
 * here is taken down again. Used by one thread.
 */
final class FleetStart {
    /** A start takes a processor for itself; more at a time would only make each slower. */
    private static final int AT_A_TIME = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private static final Duration FOR_EVER = Duration.ofDays(3650);

    private final Fleet fleet;
    private final BackgroundStart background;
    private final StateFolders folders;
    private final Streams streams;
    private final BooleanSupplier given;
    private boolean failed;

    /** @param given whether the user has given up, so that no more are to be started */
    FleetStart(Fleet fleet, BackgroundStart background, Streams streams, BooleanSupplier given) {
        this.fleet = fleet;
        this.background = background;
        this.folders = StateFolders.of(streams.environment());
        this.streams = streams;
        this.given = given;
    }

    /**
     * Starts machines, without waiting for those on which none depends.
     *
     * @param words what starts a machine again
     * @param owner whom they do not outlive; null for nobody
     * @return false when one could not be started for another's sake; nothing of what was started here is left then
     */
    boolean start(
            LoadedGroup group,
            List<Loaded> machines,
            Function<Fleet.Machine, List<String>> words,
            boolean recreate,
            @Nullable ProcessKey owner) {
        Map<String, NetworkPlan> networks = NetworkAddresses.plans(group.spec());
        Set<Fleet.Machine> chosen = new HashSet<>();
        machines.forEach(loaded -> chosen.add(Objects.requireNonNull(loaded.machine())));
        if (recreate) {
            NetworkRecreation.makeWay(byDepth(machines), networks, streams);
        }
        for (Loaded loaded : byDepth(machines)) {
            Fleet.Machine machine = Objects.requireNonNull(loaded.machine());
            if (given.getAsBoolean()) {
                return true;
            }
            if (!areReady(machine, chosen)) {
                failed = true;
                break;
            }
            while (background.pending() >= AT_A_TIME) {
                background.awaitNext();
            }
            StartOrigin from =
                    new StartOrigin(group.group().file(), words.apply(machine), fleet.name(), networks, owner);
            background.start(LoadedGroup.spec(loaded), from, recreate);
        }
        if (failed && !given.getAsBoolean()) {
            takeDown();
        }
        return !failed;
    }

    /** Those that nothing stands before come first, so that nobody waits for whom it does not need. */
    private List<Loaded> byDepth(List<Loaded> machines) {
        List<Loaded> sorted = new ArrayList<>(machines);
        Map<String, Integer> depths = fleet.depths();
        sorted.sort(Comparator.comparingInt(loaded ->
                depths.getOrDefault(Objects.requireNonNull(loaded.machine()).key(), 0)));
        return sorted;
    }

    private boolean areReady(Fleet.Machine machine, Set<Fleet.Machine> chosen) {
        for (Map.Entry<String, Dependency> need :
                fleet.member(machine.key()).dependsOn().entrySet()) {
            for (Fleet.Machine needed : fleet.machines(need.getKey())) {
                if (chosen.contains(needed) && !isReady(machine, needed, need.getValue())) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isReady(Fleet.Machine machine, Fleet.Machine needed, Dependency how) {
        ExitStatus started = background.await(needed.name());
        StateFolder folder = folders.of(needed.name());
        String why = switch (how) {
            case STARTED -> started == ExitStatus.OK || isAlive(folder) ? "" : "it did not start";
            case READY -> started == ExitStatus.OK || isAlive(folder) ? whyNotReady(folder) : "it did not start";
            case ENDED -> whyNotEnded(folder);
        };
        if (why.isEmpty() || given.getAsBoolean()) {
            return true;
        }
        streams.err()
                .println("crosvm: " + machine.name() + ": not started: it depends on " + needed.name() + ": " + why);
        if (how != Dependency.STARTED) {
            background.showConsole(needed.name());
        }
        return false;
    }

    /** Its own time for it is over, or it has ended: nothing else ends the wait. */
    private String whyNotReady(StateFolder folder) {
        ReadyWait.Result result = ReadyWait.await(folder, FOR_EVER, given);
        return switch (result.outcome()) {
            case READY -> "";
            case LATE -> "it is not ready: " + result.missing();
            case ENDED -> "it ended before it was ready";
        };
    }

    private static String whyNotEnded(StateFolder folder) {
        MachineEnd end = isAlive(folder) ? MachineEnd.await(folder, null) : MachineEnd.of(folder);
        return end == null ? "it did not run" : end.status() == 0 ? "" : end.cause() + ", status " + end.status();
    }

    private static boolean isAlive(StateFolder folder) {
        InstanceState state = folder.read();
        return state != null && state.isAlive();
    }

    /** What this run has started, the last first. */
    private void takeDown() {
        List<String> started = new ArrayList<>(background.started());
        Collections.reverse(started);
        for (String name : started) {
            StateFolder folder = folders.of(name);
            try {
                background.await(name);
                if (isAlive(folder)) {
                    streams.err().println("crosvm: " + name + ": taken down");
                    DownCommand.await(name, MachineDown.begin(folder, DownCommand.DEFAULT_TIMEOUT), streams);
                }
            } catch (FailedException e) {
                streams.err().println("crosvm: " + e.getMessage());
            }
        }
    }
}
