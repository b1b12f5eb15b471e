package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.DiskSpec;
import crosvm.schema.model.EnumWord;
import crosvm.schema.model.Placement;
import crosvm.schema.model.SandboxSpec;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VmSpec.DeviceKind;
import crosvm.schema.problem.DidYouMean;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether the sandbox speaks of devices that are there, and does not contradict itself. */
final class SandboxChecks {
    private static final List<String> RESERVED = reservedNames();

    /** The name of the main process, beside those of devices and groups. */
    private static final String MAIN = "vmm";

    private final Draft draft;
    /** Every name a device can be called by, and its kind. */
    private final Map<String, DeviceKind> names;

    private final Map<String, String> grouped = new HashMap<>();

    private SandboxChecks(Draft draft) {
        this.draft = draft;
        this.names = names(draft.spec());
    }

    static void check(Draft draft) {
        SandboxChecks checks = new SandboxChecks(draft);
        SandboxSpec sandbox = draft.spec().sandbox();
        for (Map.Entry<String, Placement> device : sandbox.devices().entrySet()) {
            checks.device(device.getKey(), device.getValue());
        }
        for (Map.Entry<String, List<String>> group : sandbox.groups().entrySet()) {
            checks.group(group.getKey(), group.getValue());
        }
    }

    /** Names that no item of a list may have. */
    static List<String> reserved() {
        return RESERVED;
    }

    private static List<String> reservedNames() {
        Set<String> reserved = new LinkedHashSet<>();
        for (DeviceKind kind : DeviceKind.values()) {
            reserved.add(kind.word());
        }
        for (DeviceKind kind : DeviceKind.values()) {
            reserved.add(kind.id());
        }
        reserved.add(MAIN);
        return List.copyOf(reserved);
    }

    private void device(String name, Placement placement) {
        String path = "sandbox.devices." + name;
        if (!known(name, path)) {
            return;
        }
        DeviceKind kind = names.get(name);
        if (kind != null && kind.placements().contains(placement) && isServed(name)) {
            if (placement != Placement.PROCESS) {
                draft.problem(
                        SpecRule.PLACEMENT,
                        path,
                        "\"" + name + "\" is a disk that a program of its own serves, always in a process",
                        "leave the line out");
            }
        } else if (kind != null && !kind.placements().contains(placement)) {
            draft.problem(
                    SpecRule.PLACEMENT,
                    path,
                    "a device of kind " + kind.word() + " cannot run as " + EnumWord.of(placement),
                    "leave the line out");
        }
    }

    private void group(String group, List<String> members) {
        String path = "sandbox.groups." + group;
        if (names.containsKey(group) || group.equals(MAIN)) {
            draft.keyProblem(
                    SpecRule.GROUP_NAME, path, "\"" + group + "\" is the name of a device or of the main process", "");
        }
        for (int i = 0; i < members.size(); i++) {
            member(members.get(i), path + "[" + i + "]");
        }
    }

    private void member(String member, String path) {
        if (!draft.sound(path) || !known(member, path)) {
            return;
        }
        String before = grouped.putIfAbsent(member, path);
        if (before != null) {
            draft.problem(
                    SpecRule.GROUP_TWICE,
                    path,
                    "\"" + member + "\" is in a group already (" + draft.place(before) + ")");
        }
        DeviceKind kind = names.get(member);
        // What is said of one device wins over what is said of its kind.
        Map<String, Placement> devices = draft.spec().sandbox().devices();
        String said = kind == null || devices.containsKey(member) ? member : kind.word();
        String placed = "sandbox.devices." + said;
        if (isServed(member)) {
            draft.problem(
                    SpecRule.GROUP_PLACEMENT,
                    path,
                    "\"" + member
                            + "\" is a disk that a program of its own serves, in a process that it does not share");
        } else if (kind != null && !kind.placements().contains(Placement.PROCESS)) {
            draft.problem(
                    SpecRule.GROUP_PLACEMENT, path, "\"" + member + "\" always runs on a thread of the main process");
        } else if (devices.get(said) == Placement.THREAD && draft.sound(placed)) {
            draft.problem(
                    SpecRule.GROUP_PLACEMENT,
                    path,
                    "\"" + member + "\" is placed on a thread (" + draft.place(placed) + ")");
        }
    }

    private boolean isServed(String id) {
        for (DiskSpec disk : draft.spec().disks()) {
            if (disk.id().equals(id) && disk.isServed()) {
                return true;
            }
        }
        return false;
    }

    private boolean known(String name, String path) {
        if (names.containsKey(name)) {
            return true;
        }
        draft.keyProblem(
                SpecRule.UNKNOWN_DEVICE,
                path,
                "there is no device \"" + name + "\"",
                DidYouMean.hint(name, names.keySet()));
        return false;
    }

    private static Map<String, DeviceKind> names(VmSpec spec) {
        Map<String, DeviceKind> names = new LinkedHashMap<>();
        for (DeviceKind kind : DeviceKind.values()) {
            names.put(kind.word(), kind);
        }
        for (DeviceKind kind : DeviceKind.values()) {
            names.put(kind.id(), kind);
        }
        for (VmSpec.Device device : spec.devices()) {
            names.putIfAbsent(device.id(), device.kind());
        }
        return names;
    }
}
