package crosvm.runner.export;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.VmSpec;
import crosvm.vmm.graph.DeviceGraph;
import crosvm.vmm.graph.HostResource;
import crosvm.vmm.module.kind.DeviceModules;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A machine on its way to an engine.
 *
 * @param draft the spec with the places of its values
 * @param file the spec's file, absolute
 * @param overrides words of the command line that change it
 * @param options what else the engine is told
 * @param graph the machine that {@code up} would build
 * @param place where it stands in its fleet; null for the machine of a file of one
 */
public record ExportedMachine(
        Draft draft,
        Path file,
        List<String> overrides,
        ExportOptions options,
        DeviceGraph graph,
        @Nullable FleetPlace place) {
    /** Copies the list. */
    public ExportedMachine {
        overrides = List.copyOf(overrides);
    }

    /** The machine of a spec that has been loaded without errors. */
    public static ExportedMachine of(
            Draft draft, Path file, List<String> overrides, ExportOptions options, @Nullable FleetPlace place) {
        return new ExportedMachine(draft, file, overrides, options, DeviceModules.plan(draft.spec()), place);
    }

    /** What makes {@code crosvm up FILE} start this machine alone. */
    String selection() {
        return place == null ? "" : " " + place.shortName() + " --no-deps";
    }

    /** The machines of the fleet that must be there before this one, as units of systemd. */
    List<String> unitsBefore() {
        return place == null
                ? List.of()
                : place.needs().keySet().stream().map(name -> name + ".service").toList();
    }

    VmSpec spec() {
        return draft.spec();
    }

    String name() {
        return spec().name();
    }

    Path folder() {
        Path folder = file.getParent();
        return folder == null ? Path.of("/") : folder;
    }

    /** What the machine takes of the host, each thing once. */
    List<HostResource> resources() {
        return Stream.concat(graph.host().stream(), graph.pci().stream().flatMap(function -> function.host().stream()))
                .distinct()
                .toList();
    }

    /** The names of all it takes of a kind, sorted. */
    List<String> resources(HostResource.Kind kind) {
        return resources().stream()
                .filter(resource -> resource.kind() == kind)
                .map(HostResource::name)
                .distinct()
                .sorted()
                .toList();
    }
}
