package crosvm.schema.check;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.WaylandSpec;

/** Everything between fields that keeps a spec from running. */
public final class SpecChecks {
    private SpecChecks() {}

    /** Adds what is wrong between fields to the draft. */
    public static void check(Draft draft) {
        KernelChecks.check(draft);
        SourceChecks.check(draft);
        DeviceChecks.check(draft);
        DiskChecks.check(draft);
        NetworkChecks.check(draft);
        ConsoleChecks.check(draft);
        PathChecks.check(draft);
        SandboxChecks.check(draft);
        GuestChecks.check(draft);
        ReadyChecks.check(draft);
        balloon(draft);
        wayland(draft);
    }

    private static void balloon(Draft draft) {
        VmSpec spec = draft.spec();
        if (draft.sound("memory") && spec.balloon().initial().compareTo(spec.memory()) >= 0) {
            draft.problem(
                    SpecRule.BALLOON_TOO_LARGE,
                    "balloon.initial",
                    "is " + spec.balloon().initial() + ", must be smaller than memory (" + spec.memory() + ")");
        }
    }

    private static void wayland(Draft draft) {
        WaylandSpec wayland = draft.spec().wayland();
        if (wayland != null && wayland.deviceId() != 63 && wayland.deviceId() != 30) {
            draft.problem(
                    SpecRule.WAYLAND_DEVICE_ID,
                    "wayland.deviceId",
                    "is " + wayland.deviceId() + "; drivers look for 63, or 30 with the 4.4 kernels");
        }
    }
}
