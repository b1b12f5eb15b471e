package crosvm.schema.load;

import crosvm.schema.model.Placement;
import crosvm.schema.model.PortTarget;
import crosvm.schema.model.SandboxSpec;
import crosvm.schema.model.VmSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether the sandbox speaks of devices that are there, and does not contradict itself. */
public final class SandboxChecks {
    /** The kinds of devices, as in {@code sandbox.devices}. */
    public static final List<String> KINDS = List.of("balloon", "blk", "console", "fs", "net", "rng", "vsock", "wl");

    private SandboxChecks() {}

    /** Whether the machine has a device of this kind. */
    public static boolean present(VmSpec spec, String kind) {
        return switch (kind) {
            case "balloon" -> spec.balloon().enabled();
            case "blk" -> !spec.disks().isEmpty();
            case "console" -> spec.console().hvc0().to() != PortTarget.NONE;
            case "fs" -> !spec.shares().isEmpty();
            case "net" -> !spec.networks().isEmpty();
            case "rng" -> spec.rng().enabled();
            case "vsock" -> spec.vsock() != null;
            case "wl" -> spec.wayland() != null;
            default -> false;
        };
    }

    static void check(Draft draft) {
        SandboxSpec sandbox = draft.spec().sandbox();
        List<String> names = names(draft.spec());
        sandbox.devices().keySet().forEach(name -> known(draft, names, name, "sandbox.devices." + name));
        Map<String, String> seen = new HashMap<>();
        sandbox.groups().forEach((group, members) -> {
            for (int i = 0; i < members.size(); i++) {
                String path = "sandbox.groups." + group + "[" + i + "]";
                member(draft, names, seen, members.get(i), path);
            }
        });
    }

    private static void member(Draft draft, List<String> names, Map<String, String> seen, String member, String path) {
        if (!draft.sound(path)) {
            return;
        }
        known(draft, names, member, path);
        String before = seen.putIfAbsent(member, path);
        if (before != null) {
            draft.problem(
                    SpecRule.GROUP_TWICE,
                    path,
                    "\"" + member + "\" is in a group already (" + draft.place(before) + ")");
        }
        if (draft.spec().sandbox().devices().get(member) == Placement.THREAD
                && draft.sound("sandbox.devices." + member)) {
            draft.problem(
                    SpecRule.GROUP_PLACEMENT,
                    path,
                    "\"" + member + "\" is placed on a thread (" + draft.place("sandbox.devices." + member) + ")");
        }
    }

    private static void known(Draft draft, List<String> names, String name, String path) {
        if (!names.contains(name)) {
            draft.problem(
                    SpecRule.UNKNOWN_DEVICE, path, "there is no device \"" + name + "\"", DidYouMean.hint(name, names));
        }
    }

    private static List<String> names(VmSpec spec) {
        List<String> names = new ArrayList<>(KINDS);
        spec.disks().forEach(d -> names.add(d.id()));
        spec.networks().forEach(n -> names.add(n.id()));
        spec.shares().forEach(s -> names.add(s.tag()));
        return names;
    }
}
