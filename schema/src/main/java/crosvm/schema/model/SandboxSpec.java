package crosvm.schema.model;

import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How devices are jailed.
 *
 * @param enabled whether devices run in jails at all
 * @param policyDir absolute path of a folder with seccomp policies instead of the built-in ones, or null
 * @param devices where single devices run; keys are kinds ({@code rng}) or ids of items, in the file's order
 * @param groups devices that share a process: the group's name and the kinds or ids of its devices
 * @param onViolation what a forbidden system call leads to
 * @param onFailure what the end of a device process leads to
 */
@Shorthand("enabled")
public record SandboxSpec(
        @Doc(
                value = "Whether devices run in jailed processes. Turn it off for debugging only.",
                example = "false",
                defaultValue = "true",
                flag = "--sandbox")
        boolean enabled,

        @Doc(
                value = "A folder with seccomp policies which stand in for the built-in ones.",
                example = "policies",
                flag = "--seccomp-policy-dir")
        @Nullable Path policyDir,

        @Doc(
                value = "Where single devices run, by kind or id: thread or process.",
                example = "{rng: thread}",
                flag = "--sandbox-device")
        @Size(max = 256) Map<String, Placement> devices,

        @Doc(
                value = "Devices which share one process: a name and the kinds or ids of the devices.",
                example = "{small: [rng, blk]}",
                fileOnly = true)
        @Size(max = 256) Map<String, @Size(max = 256) List<String>> groups,

        @Doc(
                value = "What a forbidden system call leads to: kill the device's process, or log only.",
                example = "log",
                defaultValue = "kill",
                flag = "--on-violation")
        OnViolation onViolation,

        @Doc(
                value =
                        "What the unexpected end of a device's process leads to: stop the machine, or continue without.",
                example = "continue",
                defaultValue = "stop",
                flag = "--on-failure")
        OnFailure onFailure) {
    /** Copies the maps, keeping their order. */
    public SandboxSpec {
        devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
        Map<String, List<String>> copy = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> group : groups.entrySet()) {
            copy.put(group.getKey(), List.copyOf(group.getValue()));
        }
        groups = Collections.unmodifiableMap(copy);
    }
}
