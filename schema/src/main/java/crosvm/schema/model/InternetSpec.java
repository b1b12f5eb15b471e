package crosvm.schema.model;

import jakarta.validation.constraints.Size;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the machines of a network, or one of them, reach outside. Immutable.
 *
 * @param enabled whether they reach anything
 * @param allow what they may reach, as {@link EgressTarget} reads it; empty for everything
 */
@Shorthand("enabled")
public record InternetSpec(
        @Doc(
                value = "Whether the machines reach the host's networks and the internet, through pasta.",
                example = "true",
                defaultValue = "true",
                fileOnly = true)
        boolean enabled,

        @Doc(
                value =
                        "All that they may reach: names (*.example.org: all below it), addresses and networks, with :PORT or for all ports of TCP and UDP. Everything else is dropped, and told by crosvm logs --network.",
                example = "[\"deb.debian.org:80\", \"*.example.org:443\", \"192.0.2.0/24\"]",
                fileOnly = true)
        @Size(min = 1, max = 4096) List<@Size(max = 300) String> allow) {
    /** Copies the list. */
    public InternetSpec {
        allow = List.copyOf(allow);
    }

    /** All that is allowed, what cannot be read left out; null for everything. */
    public @Nullable List<EgressTarget> targets() {
        if (allow.isEmpty()) {
            return null;
        }
        List<EgressTarget> targets = new ArrayList<>();
        for (String text : allow) {
            EgressTarget target = readable(text);
            if (target != null) {
                targets.add(target);
            }
        }
        return targets;
    }

    /** Null for one that the loader tells of. */
    private static @Nullable EgressTarget readable(String text) {
        try {
            return EgressTarget.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
