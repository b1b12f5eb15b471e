package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.LimitsSpec;
import crosvm.schema.model.MachineOverhead;
import crosvm.schema.model.MemorySize;
import crosvm.schema.model.NetworkSpec;
import crosvm.schema.model.VmSpec;
import org.jspecify.annotations.Nullable;

/** Limits that a machine hits by itself, or that limit nothing. */
final class LimitLint {
    private LimitLint() {}

    static void lint(Draft draft) {
        VmSpec spec = draft.spec();
        LimitsSpec limits = spec.limits();
        if (limits != null && draft.sound("limits")) {
            memory(draft, limits.memory());
            io(draft, limits);
            if (!limits.isPresent()) {
                useless(draft, "limits", "sets no limit");
            }
        }
        for (int i = 0; i < spec.networks().size(); i++) {
            NetworkSpec network = spec.networks().get(i);
            String path = "networks[" + i + "].limit";
            if (network.limit() != null && !network.limit().isPresent()) {
                useless(draft, path, "sets no limit");
            }
        }
    }

    private static void memory(Draft draft, @Nullable MemorySize limit) {
        if (limit == null || !draft.sound("memory") || !draft.sound("sandbox")) {
            return;
        }
        MemorySize overhead = MachineOverhead.of(draft.spec());
        long need = Math.addExact(draft.spec().memory().bytes(), overhead.bytes());
        if (limit.bytes() < need) {
            draft.problem(
                    LintRule.LIMIT_SMALL,
                    "limits.memory",
                    "is " + limit + "; the guest's " + draft.spec().memory() + " and " + overhead
                            + " for crosvm's processes are " + new MemorySize(need),
                    "limit it to " + new MemorySize(need) + " or more, or give the guest less memory");
        }
    }

    private static void io(Draft draft, LimitsSpec limits) {
        if (limits.io() == null) {
            return;
        }
        if (!limits.io().isPresent()) {
            useless(draft, "limits.io", "sets no limit");
        } else if (draft.spec().disks().isEmpty() && draft.sound("disks")) {
            useless(draft, "limits.io", "has no effect: the machine has no disk");
        }
    }

    private static void useless(Draft draft, String path, String why) {
        if (draft.given(path) && draft.soundThroughout(path)) {
            draft.problem(LintRule.USELESS_FIELD, path, why, "leave it out, or change the other field");
        }
    }
}
