package crosvm.vmm.graph;

import crosvm.schema.model.Placement;
import crosvm.schema.model.SandboxSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides where each device runs, and which devices share a process. */
final class PlacementPlan {
    private final SandboxSpec sandbox;

    PlacementPlan(SandboxSpec sandbox) {
        this.sandbox = sandbox;
    }

    /** An entry for the device's id wins over one for its kind, and either over membership in a group. */
    Placement of(CatalogEntry entry, String id) {
        if (!sandbox.enabled() && entry.allowed().contains(Placement.THREAD)) {
            return Placement.THREAD;
        }
        String key = sandbox.devices().containsKey(id) ? id : entry.kind();
        Placement asked = sandbox.devices().get(key);
        if (asked == null) {
            boolean grouped = groupOf(entry, id) != null && entry.allowed().contains(Placement.PROCESS);
            return grouped ? Placement.PROCESS : entry.preferred();
        }
        if (!entry.allowed().contains(asked)) {
            throw new PlanException(
                    "sandbox.devices." + key,
                    word(asked) + " is no place for a device of kind " + entry.kind() + "; it can run here: "
                            + word(entry.preferred()));
        }
        return asked;
    }

    private static String word(Placement placement) {
        return placement == Placement.THREAD ? "thread" : "process";
    }

    /** The main process, then the jails in the order of their first device. */
    List<ProcessPlan> processes(List<PciFunction> functions) {
        List<String> main = new ArrayList<>();
        Map<String, List<String>> jails = new LinkedHashMap<>();
        List<ProcessPlan> processes = new ArrayList<>();
        for (PciFunction function : functions) {
            if (function.placement() == Placement.THREAD) {
                main.add(function.id());
                continue;
            }
            String group = groupOf(function.catalog(), function.id());
            jails.computeIfAbsent(group == null ? function.id() : group, name -> new ArrayList<>())
                    .add(function.id());
        }
        processes.add(new ProcessPlan(ProcessPlan.Kind.MAIN, "vmm", main));
        jails.forEach((name, devices) -> {
            boolean foreign = functions.stream()
                    .filter(f -> devices.contains(f.id()))
                    .allMatch(f -> !f.catalog().allowed().contains(Placement.THREAD));
            processes.add(new ProcessPlan(foreign ? ProcessPlan.Kind.FOREIGN : ProcessPlan.Kind.JAIL, name, devices));
        });
        return processes;
    }

    private @Nullable String groupOf(CatalogEntry entry, String id) {
        for (Map.Entry<String, List<String>> group : sandbox.groups().entrySet()) {
            if (group.getValue().contains(id) || group.getValue().contains(entry.kind())) {
                return group.getKey();
            }
        }
        return null;
    }
}
