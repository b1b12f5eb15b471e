package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.DeviceKind;
import crosvm.schema.model.VmSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether the devices can stand beside each other. */
final class DeviceChecks {
    /** Slots of PCI bus 0 without the host bridge's. */
    private static final int SLOTS = 31;

    private static final List<DeviceKind> SINGLE =
            List.of(DeviceKind.VSOCK, DeviceKind.WL, DeviceKind.BALLOON, DeviceKind.RNG, DeviceKind.CONSOLE);

    private DeviceChecks() {}

    static void check(Draft draft) {
        ids(draft);
        slots(draft);
    }

    private static void ids(Draft draft) {
        VmSpec spec = draft.spec();
        Map<String, String> seen = new HashMap<>();
        for (int i = 0; i < spec.disks().size(); i++) {
            id(draft, seen, spec.disks().get(i).id(), "disks[" + i + "].id");
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            id(draft, seen, spec.networks().get(i).id(), "networks[" + i + "].id");
        }
        for (int i = 0; i < spec.shares().size(); i++) {
            id(draft, seen, spec.shares().get(i).tag(), "shares[" + i + "].tag");
        }
    }

    private static void id(Draft draft, Map<String, String> seen, String id, String path) {
        if (!draft.sound(path)) {
            return;
        }
        String before = seen.putIfAbsent(id, path);
        if (before != null) {
            // A derived id can only clash with a given one: blame the one that stands in the file.
            boolean blameFirst = !draft.given(path) && draft.given(before);
            draft.problem(
                    SpecRule.DUPLICATE_ID,
                    blameFirst ? before : path,
                    "\"" + id + "\" is the id of " + owner(blameFirst ? path : before) + " already ("
                            + draft.place(blameFirst ? path : before) + ")");
        }
        if (SandboxChecks.reserved().contains(id)) {
            draft.problem(
                    SpecRule.RESERVED_ID,
                    path,
                    "\"" + id + "\" is a name that crosvm uses itself",
                    "reserved: " + String.join(", ", SandboxChecks.reserved()));
        }
    }

    private static String owner(String path) {
        return path.substring(0, path.lastIndexOf('.'));
    }

    private static void slots(Draft draft) {
        VmSpec spec = draft.spec();
        int devices =
                spec.disks().size() + spec.networks().size() + spec.shares().size();
        for (DeviceKind kind : SINGLE) {
            devices += kind.isIn(spec) ? 1 : 0;
        }
        if (devices > SLOTS) {
            String path = spec.disks().size() >= spec.networks().size() ? "disks" : "networks";
            draft.problem(
                    SpecRule.TOO_MANY_DEVICES,
                    path,
                    "the machine has " + devices + " devices; there are " + SLOTS + " slots");
        }
    }
}
