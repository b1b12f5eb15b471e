package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.BalloonSpec;
import crosvm.schema.model.OnFailure;
import crosvm.schema.model.OnViolation;
import crosvm.schema.model.Placement;
import crosvm.schema.model.SandboxSpec;
import crosvm.schema.model.VmSpec;
import crosvm.schema.model.VmSpec.DeviceKind;

/**
 * Fields that have no effect because of what another one says. A default that is written out, as {@code crosvm config} does, is
 * passed over.
 */
final class UselessLint {
    private final Draft draft;
    private final VmSpec spec;

    private UselessLint(Draft draft) {
        this.draft = draft;
        this.spec = draft.spec();
    }

    static void lint(Draft draft) {
        UselessLint lint = new UselessLint(draft);
        lint.balloon();
        lint.root();
        lint.sandbox();
    }

    private void balloon() {
        BalloonSpec balloon = spec.balloon();
        if (!balloon.enabled() && draft.sound("balloon.enabled")) {
            String why = "has no effect while the balloon is off";
            useless("balloon.initial", balloon.initial().bytes() != 0, why);
            useless("balloon.deflateOnOom", !balloon.deflateOnOom(), why);
            useless("balloon.freePageReporting", !balloon.freePageReporting(), why);
        }
    }

    private void root() {
        if (spec.kernel().builtin() == null
                || spec.kernel().image() != null
                || spec.kernel().source() != null) {
            return;
        }
        for (int i = 0; i < spec.disks().size(); i++) {
            useless(
                    "disks[" + i + "].root",
                    spec.disks().get(i).root(),
                    "has no effect: a built-in guest mounts nothing");
        }
    }

    /** The sandbox's settings where it is on, but no device of the machine runs in a jail of crosvm's. */
    private void sandbox() {
        SandboxSpec sandbox = spec.sandbox();
        if (!sandbox.enabled() || !draft.sound("sandbox")) {
            return;
        }
        boolean none = true;
        for (DeviceKind kind : DeviceKind.values()) {
            boolean jailable = kind.placements().contains(Placement.PROCESS)
                    && kind.placements().contains(Placement.THREAD)
                    && has(spec, kind);
            none &= !jailable || sandbox.devices().get(kind.word()) == Placement.THREAD;
        }
        boolean single = sandbox.devices().containsValue(Placement.PROCESS);
        if (none && !single) {
            String why = "has no effect: no device of this machine runs in a jail";
            useless("sandbox.onViolation", sandbox.onViolation() != OnViolation.KILL, why);
            useless(
                    "sandbox.onFailure",
                    sandbox.onFailure() != OnFailure.STOP && spec.shares().isEmpty(),
                    why);
        }
    }

    private void useless(String path, boolean set, String why) {
        if (set && draft.given(path)) {
            draft.problem(LintRule.USELESS_FIELD, path, why, "leave it out, or change the other field");
        }
    }

    /** Whether a machine has a device of a kind. Not by a lambda, which lint would have to link at each start. */
    static boolean has(VmSpec spec, DeviceKind kind) {
        for (VmSpec.Device device : spec.devices()) {
            if (device.kind() == kind) {
                return true;
            }
        }
        return false;
    }
}
