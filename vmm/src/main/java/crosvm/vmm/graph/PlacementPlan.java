package crosvm.vmm.graph;

import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.Placement;
import crosvm.schema.model.SandboxSpec;
import crosvm.schema.model.VmSpec.Device;
import crosvm.schema.model.VmSpec.DeviceSpec;
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
    Placement of(Device device) {
        List<Placement> possible = device.spec().placements();
        if (!sandbox.enabled() && possible.contains(Placement.THREAD)) {
            return Placement.THREAD;
        }
        String key = sandbox.devices().containsKey(device.id())
                ? device.id()
                : device.kind().word();
        Placement asked = sandbox.devices().get(key);
        if (asked == null) {
            boolean grouped = groupOf(device.spec()) != null && possible.contains(Placement.PROCESS);
            return grouped ? Placement.PROCESS : possible.get(0);
        }
        if (!possible.contains(asked) && !key.equals(device.id())) {
            return possible.get(0); // Said of its kind, of which others can.
        }
        if (!possible.contains(asked)) {
            throw new PlanException(
                    "sandbox.devices." + key,
                    word(asked) + " is not possible for a device of kind "
                            + device.kind().word() + "; possible: " + word(possible.get(0)));
        }
        return asked;
    }

    private static String word(Placement placement) {
        return placement == Placement.THREAD ? "thread" : "process";
    }

    /** The main process, then the jails in the order of their first device. */
    List<ProcessPlan> processes(List<PciFunctionPlan> functions) {
        List<String> main = new ArrayList<>();
        Map<String, List<String>> jails = new LinkedHashMap<>();
        List<ProcessPlan> processes = new ArrayList<>();
        for (PciFunctionPlan function : functions) {
            if (function.placement() == Placement.THREAD) {
                main.add(function.id());
                continue;
            }
            String group = groupOf(function.spec());
            jails.computeIfAbsent(group == null ? function.id() : group, name -> new ArrayList<>())
                    .add(function.id());
        }
        processes.add(new ProcessPlan(ProcessPlan.Kind.MAIN, "vmm", main));
        jails.forEach((name, devices) -> {
            boolean foreign = functions.stream()
                    .filter(f -> devices.contains(f.id()))
                    .allMatch(f -> f.policy().isEmpty());
            processes.add(new ProcessPlan(foreign ? ProcessPlan.Kind.FOREIGN : ProcessPlan.Kind.JAIL, name, devices));
        });
        return processes;
    }

    private @Nullable String groupOf(DeviceSpec device) {
        if (device instanceof DiskSpec disk && disk.isServed()) {
            return null;
        }
        for (Map.Entry<String, List<String>> group : sandbox.groups().entrySet()) {
            if (group.getValue().contains(device.id())
                    || group.getValue().contains(device.kind().word())) {
                return group.getKey();
            }
        }
        return null;
    }
}
