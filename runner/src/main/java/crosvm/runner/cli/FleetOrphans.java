package crosvm.runner.cli;

import crosvm.runner.instance.InstanceState;
import crosvm.runner.instance.LeftState;
import crosvm.runner.instance.MachineDown;
import crosvm.runner.instance.StateFolders;
import crosvm.schema.load.Fleet;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Machines of a fleet that run, although its file has them no more. */
final class FleetOrphans {
    private FleetOrphans() {}

    /** Tells of them, or takes them down. */
    static void handle(Fleet fleet, Path file, boolean remove, Streams streams) {
        StateFolders folders = StateFolders.of(streams.environment());
        Set<String> names = fleet.machines().stream().map(Fleet.Machine::name).collect(Collectors.toSet());
        List<InstanceState> orphans = folders.all().stream()
                .filter(InstanceState::isAlive)
                .filter(state -> fleet.name().equals(state.launch().fleet())
                        && file.equals(state.launch().file())
                        && !names.contains(state.launch().name()))
                .toList();
        for (InstanceState orphan : orphans) {
            String name = orphan.launch().name();
            if (!remove) {
                streams.err()
                        .println("crosvm: " + name + ": is running, but " + file
                                + " has no such machine; to take it down: crosvm up -d " + UpCommand.REMOVE_ORPHANS);
                continue;
            }
            DownCommand.await(name, MachineDown.begin(folders.of(name), DownCommand.DEFAULT_TIMEOUT), streams);
            LeftState.of(folders.of(name)).remove();
            streams.err().println("crosvm: " + name + ": taken down and removed: the file has no such machine");
        }
    }
}
