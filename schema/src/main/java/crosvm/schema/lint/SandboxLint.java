package crosvm.schema.lint;

import crosvm.schema.load.Draft;
import crosvm.schema.model.DeviceKind;
import crosvm.schema.model.OnViolation;
import crosvm.schema.model.SandboxSpec;
import java.util.List;

/** Unwise sandboxes. */
final class SandboxLint {
    private SandboxLint() {}

    static void lint(Draft draft) {
        SandboxSpec sandbox = draft.spec().sandbox();
        if (!sandbox.enabled() && draft.sound("sandbox.enabled")) {
            draft.problem(LintRule.SANDBOX_OFF, "sandbox.enabled", "devices are not jailed", "for debugging only");
            unused(draft);
            return;
        }
        if (sandbox.onViolation() == OnViolation.LOG) {
            draft.problem(
                    LintRule.VIOLATIONS_ALLOWED,
                    "sandbox.onViolation",
                    "forbidden system calls go through",
                    "write kill");
        }
        sandbox.devices().keySet().forEach(name -> absent(draft, name, "sandbox.devices." + name));
        sandbox.groups().forEach((name, members) -> {
            String path = "sandbox.groups." + name;
            if (members.size() < 2) {
                draft.keyProblem(LintRule.GROUP_OF_ONE, path, "a group needs at least two members", "");
            }
            for (int i = 0; i < members.size(); i++) {
                absent(draft, members.get(i), path + "[" + i + "]");
            }
        });
    }

    private static void unused(Draft draft) {
        for (String field : List.of("policyDir", "devices", "groups", "onViolation", "onFailure")) {
            if (draft.given("sandbox." + field)) {
                draft.problem(LintRule.SANDBOX_UNUSED, "sandbox." + field, "has no effect while the sandbox is off");
            }
        }
    }

    private static void absent(Draft draft, String name, String path) {
        DeviceKind kind = name.equals("hvc0") ? DeviceKind.CONSOLE : DeviceKind.of(name);
        if (kind != null && !kind.isIn(draft.spec())) {
            draft.keyProblem(LintRule.ABSENT_DEVICE, path, "this machine has no device of kind " + name, "");
        }
    }
}
