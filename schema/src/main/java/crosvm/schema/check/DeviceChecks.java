package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.VmSpec.Device;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether the devices can stand beside each other. */
final class DeviceChecks {
    /** Slots of PCI bus 0 without the host bridge's. */
    private static final int SLOTS = 31;

    private DeviceChecks() {}

    static void check(Draft draft) {
        ids(draft);
        slots(draft);
    }

    private static void ids(Draft draft) {
        Map<String, String> seen = new HashMap<>();
        for (Device device : draft.spec().devices()) {
            String path = device.idPath();
            if (path != null) {
                id(draft, seen, device.id(), path);
            }
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
        List<Device> devices = draft.spec().devices();
        if (devices.size() > SLOTS) {
            Map<String, Long> perField =
                    devices.stream().collect(Collectors.groupingBy(Device::field, Collectors.counting()));
            String fullest = devices.stream()
                    .map(Device::field)
                    .distinct()
                    .max(Comparator.comparing(perField::get))
                    .orElseThrow();
            draft.problem(
                    SpecRule.TOO_MANY_DEVICES,
                    fullest,
                    "the machine has " + devices.size() + " devices; there are " + SLOTS + " slots");
        }
    }
}
