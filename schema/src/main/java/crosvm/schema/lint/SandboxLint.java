package crosvm.schema.lint;

import crosvm.schema.bind.Draft;
import crosvm.schema.model.OnFailure;
import crosvm.schema.model.OnViolation;
import crosvm.schema.model.Placement;
import crosvm.schema.model.SandboxSpec;
import crosvm.schema.model.VmSpec.Device;
import crosvm.schema.model.VmSpec.DeviceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Unwise sandboxes. */
final class SandboxLint {
    /** A path as written, in quotes or not, that starts neither at the root nor with a variable. */
    private static final Pattern RELATIVE = Pattern.compile("[\"']?[^/\"'$~].*");

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
        missingPolicies(draft);
        for (String name : sandbox.devices().keySet()) {
            absent(draft, name, "sandbox.devices." + name);
        }
        for (Map.Entry<String, List<String>> group : sandbox.groups().entrySet()) {
            members(draft, group.getValue(), "sandbox.groups." + group.getKey());
        }
    }

    private static void members(Draft draft, List<String> members, String path) {
        if (members.size() < 2) {
            draft.keyProblem(LintRule.GROUP_OF_ONE, path, "a group needs at least two members", "");
        }
        for (int i = 0; i < members.size(); i++) {
            absent(draft, members.get(i), path + "[" + i + "]");
        }
    }

    private static void unused(Draft draft) {
        SandboxSpec sandbox = draft.spec().sandbox();
        unused(draft, "policyDir", sandbox.policyDir() != null);
        unused(draft, "devices", !sandbox.devices().isEmpty());
        unused(draft, "groups", !sandbox.groups().isEmpty());
        unused(draft, "onViolation", sandbox.onViolation() != OnViolation.KILL);
        unused(draft, "onFailure", sandbox.onFailure() != OnFailure.STOP);
    }

    /** Says nothing of a default that is written out, as crosvm config does. */
    private static void unused(Draft draft, String field, boolean set) {
        if (set && draft.given("sandbox." + field)) {
            draft.problem(
                    LintRule.SANDBOX_UNUSED,
                    "sandbox." + field,
                    "has no effect while the sandbox is off",
                    "leave it out, or turn the sandbox on");
        }
    }

    /** A folder given by an absolute path is the host's, which crosvm doctor looks at; a relative one comes with the file. */
    private static void missingPolicies(Draft draft) {
        Path folder = draft.spec().sandbox().policyDir();
        if (folder == null
                || !RELATIVE.matcher(draft.written("sandbox.policyDir")).matches()) {
            return;
        }
        Map<String, DeviceKind> missing = new LinkedHashMap<>();
        draft.spec().devices().stream()
                .filter(device -> isJailed(draft.spec().sandbox(), device))
                .filter(device -> !Files.exists(folder.resolve(device.spec().policy())))
                .sorted(Comparator.comparing(Device::kind))
                .forEach(device -> missing.putIfAbsent(device.spec().policy(), device.kind()));
        missing.forEach((policy, kind) -> draft.problem(
                LintRule.POLICY_MISSING,
                "sandbox.policyDir",
                "there is no " + policy + " for the " + kind.word() + " device",
                "copy it from crosvm's own policies, or write " + kind.word() + ": thread in sandbox.devices"));
    }

    private static boolean isJailed(SandboxSpec sandbox, Device device) {
        Placement ofKind = sandbox.devices().get(device.kind().word());
        Placement asked = sandbox.devices().getOrDefault(device.id(), ofKind);
        return device.kind().placements().contains(Placement.PROCESS)
                && asked != Placement.THREAD
                && !device.spec().policy().isEmpty();
    }

    private static void absent(Draft draft, String name, String path) {
        DeviceKind kind = DeviceKind.of(name);
        if (kind != null && !UselessLint.has(draft.spec(), kind)) {
            draft.keyProblem(LintRule.ABSENT_DEVICE, path, "this machine has no device of kind " + name, "");
        }
    }
}
