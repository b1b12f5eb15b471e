package crosvm.runner.export;

import crosvm.runner.report.FailedException;
import crosvm.schema.load.Fleet;
import crosvm.schema.model.Dependency;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a machine stands in its fleet.
 *
 * @param shortName its name in the file
 * @param needs the machines that it depends on, by their names, and how far those must be; none must have ended
 * @param awaitedStarted whether a machine depends on its having started
 * @param awaitedReady whether one depends on its being ready
 */
public record FleetPlace(
        String shortName, Map<String, Dependency> needs, boolean awaitedStarted, boolean awaitedReady) {
    /** Copies the map. */
    public FleetPlace {
        needs = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(needs));
    }

    /**
     * The place of one machine.
     *
     * @throws FailedException when it depends on the end of another: what an engine runs is started again when it ends
     */
    public static FleetPlace of(Fleet fleet, Fleet.Machine machine) {
        Map<String, Dependency> needs = new LinkedHashMap<>();
        fleet.member(machine.key()).dependsOn().forEach((key, dependency) -> {
            if (dependency == Dependency.ENDED) {
                throw new FailedException(machine.name() + ": dependsOn: waits for the end of " + key
                        + ", which an engine that keeps machines running cannot promise; export the other machines by"
                        + " their names");
            }
            fleet.machines(key).forEach(other -> needs.put(other.name(), dependency));
        });
        return new FleetPlace(
                machine.shortName(),
                needs,
                isAwaited(fleet, machine, Dependency.STARTED),
                isAwaited(fleet, machine, Dependency.READY));
    }

    private static boolean isAwaited(Fleet fleet, Fleet.Machine machine, Dependency dependency) {
        return fleet.members().values().stream()
                .anyMatch(member -> member.dependsOn().get(machine.key()) == dependency);
    }
}
